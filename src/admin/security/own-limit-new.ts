import { html } from 'hono/html'
import { choices, select, textControl } from '../../pages/controls.ts'
import { postForm } from '../../pages/forms.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Posted, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { sought } from '../../screens/sought.ts'
import { giveOwnLimit, type OwnLimitOf, ownLimitsOf, type OwnLimitStores } from './own-limit.ts'

/** Gives one caller another limit for a while, or shuts them out. */
export function ownLimitNew(stores: OwnLimitStores): Screen {
  return {
    path: 'throttles/new/',
    isSensitive: true,
    show: async (visit) => {
      const { query } = visit
      const typed = {
        of: sought(query, 'of'),
        subject: sought(query, 'subject'),
        how: 'rate',
        rate: '',
        days: '1',
        reason: '',
      }
      return page(visit, typed, {})
    },
    actions: {
      give: {
        run: async (visit) => {
          const typed = typedIn(visit)
          const { how, days, subject, reason } = typed
          try {
            const of = ownLimitsOf.find((one) => one === typed.of) ?? 'address'
            const until = stores.clock() + (periods.find(({ value }) => value === days)?.milliseconds ?? 0)
            const rate = how === 'block' ? null : typed.rate
            const { rate: given } = await giveOwnLimit(
              stores,
              { of, subject, rate, reason, until },
              visit.user,
              visit.by,
            )
            return leave('/admin/throttles/', given === null ? 'They are shut out.' : 'They have a limit of their own.')
          } catch (error) {
            return page(visit, typed, faultsOf(error))
          }
        },
      },
    },
  }
}

/** What is limited, in words. */
export const ownLimitWords: Readonly<Record<OwnLimitOf, string>> = {
  address: 'Requests of an address',
  failures: 'Failed requests of an address',
  guesses: 'Wrong passwords from an address',
  user: 'Requests of a user',
  service_account: 'Requests of a service account',
  client: 'Requests of an application',
  key: 'Requests with an API key',
  organisation: 'Requests of an organisation',
}

type Typed = Readonly<Record<'of' | 'subject' | 'how' | 'rate' | 'days' | 'reason', string>>

function typedIn(visit: Posted): Typed {
  const names = ['of', 'subject', 'how', 'rate', 'days', 'reason'] as const
  return Object.fromEntries(names.map((name) => [name, visit.text(name)])) as Typed
}

function page(visit: Visit, typed: Typed, faults: Faults): View {
  return {
    title: 'New limit for one caller',
    crumbs: [{ href: '/admin/throttles/', text: 'Throttles' }],
    problems: problemsOf(faults, { until: 'days', of: 'of' }),
    content: html`<p>
        It holds for every process within a second, and ends by itself. What the caller had for the same is replaced.
        Whoever is shut out is answered 429 with the time that is left; an address is answered so on every page.
      </p>
      ${postForm({
        to: visit.path,
        proof: visit.form,
        action: 'give',
        button: 'Set the limit',
        cancel: '/admin/throttles/',
        content: html`${select({
          id: 'of',
          name: 'of',
          label: 'What is limited',
          value: typed.of,
          choices: ownLimitsOf.map((value) => ({ value, text: ownLimitWords[value] })),
        })}
        ${textControl({
          id: 'subject',
          name: 'subject',
          label: 'Whose',
          required: true,
          maxLength: 254,
          value: typed.subject,
          wrong: faults['subject'],
          hint: 'An address, a username, the client id of an application, or the id of a service account, a key or an organisation. A range of addresses, such as 203.0.113.0/24, can be shut out.',
        })}
        ${choices({
          id: 'how',
          name: 'how',
          label: 'How much',
          isOne: true,
          values: [typed.how === 'block' ? 'block' : 'rate'],
          choices: [
            { value: 'rate', text: 'Another rate' },
            { value: 'block', text: 'Nothing: shut them out' },
          ],
        })}
        ${textControl({
          id: 'rate',
          name: 'rate',
          label: 'Rate',
          maxLength: 30,
          value: typed.rate,
          wrong: faults['rate'],
          hint: 'Such as 100/min, 1000/hour or 10/15m.',
        })}
        ${select({
          id: 'days',
          name: 'days',
          label: 'For',
          value: typed.days,
          wrong: faults['until'],
          choices: periods,
        })}
        ${textControl({
          id: 'reason',
          name: 'reason',
          label: 'Why',
          maxLength: 500,
          value: typed.reason,
          wrong: faults['reason'],
        })}`,
      })}`,
  }
}

const hour = 3_600_000

const periods = [
  { value: 'hour', text: '1 hour', milliseconds: hour },
  { value: '1', text: '1 day', milliseconds: 24 * hour },
  { value: '7', text: '7 days', milliseconds: 7 * 24 * hour },
  { value: '30', text: '30 days', milliseconds: 30 * 24 * hour },
  { value: '365', text: '365 days', milliseconds: 365 * 24 * hour },
]
