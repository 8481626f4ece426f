import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import { choices, chosenIn, select, textControl } from '../../pages/controls.ts'
import { postForm } from '../../pages/forms.ts'
import { secretOnce } from '../../pages/secret-once.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import type { Screen, View, Visit } from '../../screens/screen.ts'
import type { ApiKeys } from '../../tokens/api-keys.ts'
import type { ServiceAccounts } from '../../tokens/service-accounts.ts'
import type { Place } from './place.ts'
import { type FoundServiceAccount, serviceAccountOf } from './service-account-of.ts'

export interface NewAccountKeyScreenStores {
  readonly serviceAccounts: Pick<ServiceAccounts, 'find'>
  readonly apiKeys: Pick<ApiKeys, 'create'>
  /** The address of the API, for the line to try a key with. */
  readonly origin: string
  readonly clock: () => number
}

/** A new key of a service account, shown this one time. */
export function newAccountKeyScreen(
  place: Place,
  { serviceAccounts, apiKeys, origin, clock }: NewAccountKeyScreenStores,
): Screen {
  async function accountOf(visit: Visit): Promise<FoundServiceAccount> {
    return serviceAccountOf(visit, place, serviceAccounts, 'change')
  }

  async function page(visit: Visit, typed: Typed, faults: Faults = {}): Promise<View> {
    const { entered, account, base, crumbsBelow } = await accountOf(visit)
    return {
      title: `New key for ${account.name}`,
      crumbs: crumbsBelow,
      problems: problemsOf(faults, { main: 'name', expiresAt: 'days' }),
      content: postForm({
        to: visit.path,
        proof: visit.onceForm,
        action: 'create',
        button: 'Make the key',
        cancel: base,
        content: html`${textControl({
          id: 'name',
          name: 'name',
          label: 'Name',
          required: true,
          maxLength: 100,
          value: typed.name,
          wrong: faults['name'] ?? faults['main'],
          hint: 'Where it is used: build server.',
        })}
        ${
          account.scopes.length === 0
            ? ''
            : choices({
                id: 'scopes',
                name: 'scope',
                label: 'Scopes',
                choices: account.scopes.map((value) => ({ value, text: value })),
                values: typed.scopes,
                wrong: faults['scopes'],
              })
        }
        ${select({
          id: 'days',
          name: 'days',
          label: 'Works for',
          value: typed.days,
          choices: lifetimesWithin(entered.organisation.longestKeyLifetime),
          wrong: faults['expiresAt'],
        })}`,
      }),
    }
  }

  return {
    path: `${place.path}service-accounts/:account/new-key/`,
    isSensitive: true,
    show: async (visit) => page(visit, { name: '', scopes: [], days: '90' }),
    actions: {
      create: {
        isOnce: true,
        run: async (visit) => {
          const { entered, account, base, crumbsBelow } = await accountOf(visit)
          const days = visit.text('days')
          const scopes = chosenIn(visit.fields, 'scope', account.scopes)
          const typed = { name: visit.text('name'), scopes, days }
          try {
            const { key } = await apiKeys.create({
              owner: { kind: 'service_account', id: account.id },
              name: typed.name,
              scopes,
              expiresAt: endOf(days, entered.organisation.longestKeyLifetime, clock()),
              by: visit.by,
              allowedBy: entered.authority.userId,
            })
            return {
              title: 'The key is made',
              crumbs: crumbsBelow,
              content: secretOnce({
                what: 'API key',
                secret: key,
                variable: 'DOORWARD_KEY',
                curl: `curl -H "X-Api-Key: $DOORWARD_KEY" ${origin}/api/whoami/`,
                onward: { href: base, text: `Go to ${account.name}` },
              }),
            }
          } catch (error) {
            return page(visit, typed, faultsOf(error))
          }
        },
      },
    },
  }
}

interface Typed {
  readonly name: string
  readonly scopes: readonly string[]
  readonly days: string
}

const day = 86_400

/** What can be chosen, within what the organisation allows. */
function lifetimesWithin(longest: number | null): readonly { readonly value: string; readonly text: string }[] {
  const usual = [7, 30, 90, 365].filter((days) => longest === null || days * day <= longest)
  return [
    ...usual.map((days) => ({ value: String(days), text: `${days} days` })),
    longest === null ? { value: 'never', text: 'without an end' } : { value: 'longest', text: 'as long as is allowed' },
  ]
}

function endOf(days: string, longest: number | null, now: number): number | null {
  if (days === 'never') return null
  if (days === 'longest' && longest !== null) return Math.floor(now) + longest * 1000
  if (!/^\d{1,4}$/.test(days))
    throw new RequestRefused('invalid', undefined, { body: { expiresAt: ['Choose a time.'] } })
  return Math.floor(now) + Number(days) * day * 1000
}
