import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import { choices, chosenIn, select, textControl } from '../../pages/controls.ts'
import { confirmation, postForm } from '../../pages/forms.ts'
import { secretOnce } from '../../pages/secret-once.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { ApiKeyRecord } from '../../tokens/api-keys.ts'
import { checkMay } from '../authority.ts'
import { type Entered, organisationCrumbs, type Place } from './place.ts'
import { accountOf, type ServiceAccountScreenStores } from './service-account-screens.ts'

export interface AccountKeyScreenStores extends ServiceAccountScreenStores {
  /** The address of the API, for the line to try a key with. */
  readonly origin: string
}

/** A new key of a service account, shown once, and revoking one. */
export function accountKeyScreens(place: Place, stores: AccountKeyScreenStores): readonly Screen[] {
  return [newKeyScreen(place, stores), revokeScreen(place, stores)]
}

function newKeyScreen(place: Place, { serviceAccounts, apiKeys, origin, clock }: AccountKeyScreenStores): Screen {
  async function allowed(visit: Visit) {
    const found = await accountOf(visit, place, serviceAccounts)
    checkMay(found.entered.authority, 'service_accounts.change')
    return { ...found, up: `${found.entered.base}service-accounts/${found.account.id}/` }
  }

  async function page(visit: Visit, typed: Typed, faults: Faults = {}): Promise<View> {
    const { entered, account, up } = await allowed(visit)
    return {
      title: `New key for ${account.name}`,
      crumbs: [
        ...organisationCrumbs(entered, 'service-accounts/', 'Service accounts'),
        { href: up, text: account.name },
      ],
      problems: problemsOf(faults, { main: 'name', expiresAt: 'days' }),
      content: postForm({
        to: visit.path,
        proof: visit.onceForm,
        action: 'create',
        button: 'Make the key',
        cancel: up,
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
          const { entered, account, up } = await allowed(visit)
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
              crumbs: [
                ...organisationCrumbs(entered, 'service-accounts/', 'Service accounts'),
                { href: up, text: account.name },
              ],
              content: secretOnce({
                what: 'API key',
                secret: key,
                variable: 'DOORWARD_KEY',
                curl: `curl -H "X-Api-Key: $DOORWARD_KEY" ${origin}/api/whoami/`,
                onward: { href: up, text: `Go to ${account.name}` },
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

function revokeScreen(place: Place, { serviceAccounts, apiKeys }: AccountKeyScreenStores): Screen {
  async function allowed(visit: Visit): Promise<Found> {
    const { entered, account } = await accountOf(visit, place, serviceAccounts)
    checkMay(entered.authority, 'service_accounts.change')
    const keys = await apiKeys.list({ kind: 'service_account', id: account.id })
    const key = keys.find(({ id }) => id === visit.params['key'])
    if (key === undefined) throw new RequestRefused('not_found', 'There is no such key.')
    return {
      entered,
      accountId: account.id,
      key,
      up: `${entered.base}service-accounts/${account.id}/`,
      name: account.name,
    }
  }
  return {
    path: `${place.path}service-accounts/:account/keys/:key/revoke/`,
    show: async (visit) => {
      const { entered, key, up, name } = await allowed(visit)
      return {
        title: `Revoke the key ${key.name}?`,
        crumbs: [...organisationCrumbs(entered, 'service-accounts/', 'Service accounts'), { href: up, text: name }],
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'revoke',
          button: 'Revoke the key',
          what: 'It is refused from the next request on, for good.',
          stops: [`the key ${key.masked}`],
          cancel: up,
        }),
      }
    },
    actions: {
      revoke: {
        run: async (visit) => {
          const { entered, accountId, key, up } = await allowed(visit)
          const owner = { kind: 'service_account', id: accountId } as const
          await apiKeys.revoke(key.id, { by: visit.by, owner, allowedBy: entered.authority.userId })
          return leave(up, 'The key is revoked.')
        },
      },
    },
  }
}

interface Found {
  readonly entered: Entered
  readonly accountId: string
  readonly key: ApiKeyRecord
  readonly up: string
  readonly name: string
}
