import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import { scopeSentence } from '../../oauth/scope-sentence.ts'
import { select, textControl } from '../../pages/controls.ts'
import { facts, momentOr } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { secretOnce } from '../../pages/secret-once.ts'
import { shownName } from '../../pages/shown-name.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Posted, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { addressesIn } from '../../screens/words-in.ts'
import type { ApiKeyRecord } from '../../tokens/api-key-record.ts'
import type { ApiKeys } from '../../tokens/api-keys.ts'
import type { ServiceAccountRecord, ServiceAccounts } from '../../tokens/service-accounts.ts'
import { quoted } from '../../pages/quoted.ts'
import { scopeChoices } from '../applications/scope-choices.ts'
import { serviceAccountOf } from './service-account-page.ts'

export interface ServiceAccountKeysStores {
  readonly serviceAccounts: Pick<ServiceAccounts, 'find'>
  readonly apiKeys: Pick<ApiKeys, 'create' | 'list' | 'startRotation' | 'finishRotation' | 'cancelRotation'>
  readonly scopes: Readonly<Record<string, string>>
  readonly origin: string
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Makes keys of a service account, and exchanges their secret while both work. */
export function serviceAccountKeys(stores: ServiceAccountKeysStores): readonly Screen[] {
  const { serviceAccounts, apiKeys, clock } = stores

  async function keyOf(visit: Visit): Promise<{ readonly account: ServiceAccountRecord; readonly key: ApiKeyRecord }> {
    const account = await serviceAccountOf(visit, serviceAccounts)
    const key = (await apiKeys.list(ownerOf(account))).find(({ id }) => id === visit.params['key'])
    if (key === undefined) throw new RequestRefused('not_found', 'It has no such key.')
    return { account, key }
  }

  return [
    {
      path: 'service-accounts/:id/keys/new/',
      isSensitive: true,
      show: async (visit) => newPage(stores, visit, await serviceAccountOf(visit, serviceAccounts), first, {}),
      actions: {
        create: {
          isOnce: true,
          run: async (visit) => {
            const account = await serviceAccountOf(visit, serviceAccounts)
            const typed = typedIn(visit)
            try {
              const days = lifetimes.find(({ value }) => value === typed.lifetime)?.days ?? 90
              const { key } = await apiKeys.create({
                owner: ownerOf(account),
                name: typed.name,
                scopes: typed.scopes,
                allowedAddresses: addressesIn(typed.addresses),
                expiresAt: days === null ? null : Math.floor(clock()) + days * 86_400_000,
                by: visit.by,
              })
              return shownOnce(stores, account, key, 'The key is made')
            } catch (error) {
              return newPage(stores, visit, account, typed, faultsOf(error))
            }
          },
        },
      },
    },
    {
      path: 'service-accounts/:id/keys/:key/',
      show: async (visit) => {
        const { account, key } = await keyOf(visit)
        return rotationPage(visit, account, key)
      },
      actions: {
        rotate: {
          isOnce: true,
          isSensitive: true,
          run: async (visit) => {
            const { account, key } = await keyOf(visit)
            const overlap = overlaps.find(({ value }) => value === visit.text('overlap'))?.seconds
            const action = { by: visit.by, owner: ownerOf(account), ...(overlap === undefined ? {} : { overlap }) }
            return shownOnce(
              stores,
              account,
              (await apiKeys.startRotation(key.id, action)).key,
              'The new secret of the key',
            )
          },
        },
        finish: {
          run: async (visit) => {
            const { account, key } = await keyOf(visit)
            await apiKeys.finishRotation(key.id, { by: visit.by, owner: ownerOf(account) })
            return leave(`/admin/service-accounts/${account.id}/`, 'Only the new secret works now.')
          },
        },
        cancel: {
          run: async (visit) => {
            const { account, key } = await keyOf(visit)
            await apiKeys.cancelRotation(key.id, { by: visit.by, owner: ownerOf(account) })
            return leave(`/admin/service-accounts/${account.id}/`, 'The new secret is dead. The old one goes on.')
          },
        },
      },
    },
  ]
}

interface Typed {
  readonly name: string
  readonly scopes: readonly string[]
  readonly addresses: string
  readonly lifetime: string
}

const first: Typed = { name: '', scopes: [], addresses: '', lifetime: '90' }

const lifetimes = [
  { value: '30', text: '30 days', days: 30 },
  { value: '90', text: '90 days', days: 90 },
  { value: '365', text: 'A year', days: 365 },
  { value: 'none', text: 'No end: somebody has to remember it', days: null },
] as const

const overlaps = [
  { value: '7d', text: '7 days', seconds: 604_800 },
  { value: '1d', text: '24 hours', seconds: 86_400 },
  { value: '1h', text: '1 hour', seconds: 3600 },
  { value: '0', text: 'The old one is dead at once', seconds: 0 },
] as const

function ownerOf({ id }: ServiceAccountRecord): { readonly kind: 'service_account'; readonly id: string } {
  return { kind: 'service_account', id }
}

function typedIn({ text, fields }: Posted): Typed {
  const scopes = Object.keys(fields)
    .filter((name) => name.startsWith('scope_'))
    .map((name) => name.slice('scope_'.length))
  return { name: text('name'), scopes, addresses: text('addresses'), lifetime: text('lifetime') }
}

function crumbsOf({ id, name }: ServiceAccountRecord): View['crumbs'] {
  return [
    { href: '/admin/service-accounts/', text: 'Service accounts' },
    { href: `/admin/service-accounts/${id}/`, text: shownName(name, id) },
  ]
}

function newPage(
  { scopes }: ServiceAccountKeysStores,
  visit: Visit,
  account: ServiceAccountRecord,
  typed: Typed,
  faults: Faults,
): View {
  // A scope that the account lacks would never count.
  const offered = Object.fromEntries(
    account.scopes.map((scope) => [scope, scopeSentence(scopes, scope, 'Not in the catalogue any more')]),
  )
  return {
    title: 'New key',
    crumbs: crumbsOf(account) ?? [],
    problems: problemsOf(faults, { allowedAddresses: 'addresses' }),
    content: postForm({
      to: visit.path,
      proof: visit.onceForm,
      action: 'create',
      button: 'Make the key',
      cancel: `/admin/service-accounts/${account.id}/`,
      content: html`${textControl({ id: 'name', name: 'name', label: 'Name', required: true, maxLength: 100, value: typed.name, wrong: faults['name'], hint: 'What uses it, and where.' })}
      ${account.scopes.length === 0 ? html`<p class="hint">The service account has no scopes, so its keys have none.</p>` : scopeChoices(offered, typed.scopes, faults['scopes'])}
      ${textControl({
        id: 'addresses',
        name: 'addresses',
        label: 'Addresses it may come from',
        isLong: true,
        value: typed.addresses,
        wrong: faults['allowedAddresses'],
        hint: 'Addresses and ranges such as 10.0.0.0/8, one in a line. Empty: anywhere.',
      })}
      ${select({ id: 'lifetime', name: 'lifetime', label: 'Expires after', value: typed.lifetime, choices: lifetimes.map(({ value, text }) => ({ value, text })) })}`,
    }),
  }
}

function shownOnce(
  { origin }: ServiceAccountKeysStores,
  account: ServiceAccountRecord,
  key: string,
  title: string,
): View {
  return {
    title,
    crumbs: crumbsOf(account) ?? [],
    content: secretOnce({
      what: 'API key',
      secret: key,
      variable: 'DOORWARD_KEY',
      curl: `curl -H "X-Api-Key: $DOORWARD_KEY" ${quoted(`${origin}/api/whoami/`)}`,
      onward: { href: `/admin/service-accounts/${account.id}/`, text: 'Go to the service account' },
    }),
  }
}

function rotationPage(visit: Visit, account: ServiceAccountRecord, key: ApiKeyRecord): View {
  const { rotation } = key
  return {
    title: `Rotate ${shownName(key.name, key.id)}`,
    crumbs: crumbsOf(account) ?? [],
    content:
      rotation === null
        ? html`${facts([
            ['Begins', html`<code>${key.masked}</code>`],
            ['Last used', momentOr(key.lastUsedAt)],
          ])}
          ${postForm({
            to: visit.path,
            proof: visit.onceForm,
            action: 'rotate',
            button: 'Make a new secret',
            content: select({
              id: 'overlap',
              name: 'overlap',
              label: 'The old one goes on for',
              choices: overlaps.map(({ value, text }) => ({ value, text })),
            }),
          })}`
        : html`${facts([
              ['Old one last used', momentOr(rotation.oldLastUsedAt)],
              ['New one last used', momentOr(rotation.newLastUsedAt)],
              ['Old one ends by itself', momentOr(rotation.endsAt, 'not before it is finished')],
            ])}
            <div class="buttons">
              ${postForm({ to: visit.path, proof: visit.form, action: 'finish', button: 'Finish: end the old secret', kind: 'danger', isInline: true })}
              ${postForm({ to: visit.path, proof: visit.form, action: 'cancel', button: 'Cancel: end the new secret', kind: 'second', isInline: true })}
            </div>`,
  }
}
