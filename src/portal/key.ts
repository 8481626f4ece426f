import { html } from 'hono/html'
import { moment } from '../pages/components.ts'
import { chosenIn } from '../pages/controls.ts'
import { apiCall } from '../pages/api-call.ts'
import { copyAs, facts, history, momentOr } from '../pages/facts.ts'
import type { NavLink } from '../pages/console.ts'
import { lastUse } from '../pages/last-use.ts'
import type { Markup } from '../pages/layout.ts'
import { secretOnce } from '../pages/secret-once.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import { leave, type Outcome, type Posted, type Screen, type View, type Visit } from '../screens/screen.ts'
import { addressesIn } from '../screens/words-in.ts'
import type { AuditLog } from '../storage/audit-log.ts'
import type { ApiKeyRecord, ApiKeys } from '../tokens/api-keys.ts'
import type { KeyUsage } from '../tokens/key-usage.ts'
import { historyOf } from './history.ts'
import { keyControls } from './key-form.ts'
import { changeForm, changesOf, overlaps, rollForms } from './key-forms.ts'
import { keyUse } from './key-use.ts'
import { keyState } from './keys.ts'
import type { OwnKey, OwnKeys } from './own-keys.ts'
import { stopSection } from './stop-section.ts'
import { testCallForm } from './test-call.ts'

export interface KeyScreenOptions {
  readonly apiKeys: ApiKeys
  readonly keyUsage: KeyUsage
  readonly auditLog: Pick<AuditLog, 'list'>
  readonly ownKeys: OwnKeys
  readonly baseUrl: string
  readonly clock: () => number
}

/** One key: how it is used, and what its owner can do with it. Its rights can be taken away here, never added to. */
export function key(options: KeyScreenOptions): Screen {
  const { apiKeys, keyUsage, auditLog, ownKeys, baseUrl, clock } = options
  const found = async (visit: Visit): Promise<OwnKey> => ownKeys.find(visit, visit.params['id'] ?? '')

  async function show(visit: Visit, own: OwnKey, wanted = changesOf(own.key), faults: Faults = {}): Promise<View> {
    const { key: record } = own
    const [use, entries] = await Promise.all([
      keyUse(keyUsage, record.id, clock()),
      historyOf(auditLog, `api_key:${record.id}`, visit.user.id),
    ])
    return {
      title: record.name,
      crumbs: crumbsOf(own),
      problems: problemsOf(faults, keyControls),
      content: html`${aboutKey(record, own, clock())} ${use}
      ${
        record.revokedAt === null
          ? html`${changeForm(visit, record, wanted, faults)} ${rollForms(visit, record, clock())}
            ${stopSection(visit, {
              isOn: record.disabledAt === null,
              isHeld: record.isHeld,
              what: 'A key that is off can be switched on again. One that is revoked is dead for good.',
              end: ['revoke', 'Revoke'],
            })}`
          : ''
      }
      ${history(entries)}
      ${copyAs({
        call: apiCall(baseUrl, 'GET', `/api/account/keys/${record.id}/`),
      })}`,
    }
  }

  async function update(visit: Posted): Promise<Outcome> {
    const own = await found(visit)
    const wanted = {
      name: visit.text('name'),
      purpose: visit.text('purpose'),
      scopes: chosenIn(visit.fields, 'scope', own.key.scopes),
      addresses: visit.text('addresses'),
    }
    const { name, purpose, scopes, addresses } = wanted
    try {
      await apiKeys.update(own.key.id, { name, purpose, scopes, allowedAddresses: addressesIn(addresses) }, own.action)
    } catch (error) {
      return show(visit, own, wanted, faultsOf(error))
    }
    return leave(visit.path, 'The key is changed.')
  }

  async function roll(visit: Posted): Promise<View> {
    const own = await found(visit)
    const overlap = Number(overlaps.find(({ value }) => value === visit.text('overlap'))?.value ?? 86_400)
    const started = await apiKeys.startRotation(own.key.id, { ...own.action, overlap })
    return {
      title: 'Your rotated API key',
      crumbs: crumbsOf(own),
      content: secretOnce({
        what: 'API key',
        secret: started.key,
        variable: 'DOORWARD_KEY',
        curl: `curl ${baseUrl}/api/whoami/ -H "X-Api-Key: $DOORWARD_KEY"`,
        test: testCallForm(visit, started.key),
        onward: { href: visit.path, text: 'Go to the key' },
      }),
    }
  }

  /** An action on the key that says what was done. */
  const does = (work: (own: OwnKey) => Promise<unknown>, message: string) => ({
    run: async (visit: Posted): Promise<Outcome> => {
      await work(await found(visit))
      return leave(visit.path, message)
    },
  })

  return {
    path: 'keys/:id/',
    show: async (visit) => show(visit, await found(visit)),
    actions: {
      // It can let the key be used from more places than before.
      update: { isSensitive: true, run: update },
      roll: { isOnce: true, isSensitive: true, run: roll },
      finish: does(
        async ({ key: { id }, action }) => apiKeys.finishRotation(id, action),
        'Only the new secret works now.',
      ),
      cancel: does(
        async ({ key: { id }, action }) => apiKeys.cancelRotation(id, action),
        'The new secret is dead; the old one goes on.',
      ),
      disable: does(
        async ({ key: { id }, action }) => apiKeys.disable(id, action),
        'The key is off. It can be switched on again.',
      ),
      enable: does(async ({ key: { id }, action }) => apiKeys.enable(id, action), 'The key is on.'),
    },
  }
}

/** The pages above a key. */
export function crumbsOf({ account }: OwnKey): readonly NavLink[] {
  return account === null
    ? [{ href: '/portal/keys/', text: 'My API keys' }]
    : [
        { href: '/portal/service-accounts/', text: 'Service accounts' },
        { href: `/portal/service-accounts/${account.id}/`, text: account.name },
      ]
}

function aboutKey(record: ApiKeyRecord, { account }: OwnKey, now: number): Markup {
  const { rotation } = record
  return facts([
    ['Key', html`<code>${record.masked}</code>`],
    ...(record.purpose === '' ? [] : ([['What for', html`<bdi>${record.purpose}</bdi>`]] as const)),
    ['Environment', record.mode === 'test' ? 'Test' : 'Live'],
    ['Status', keyState(record, now)],
    ['Acts as', account === null ? 'you' : html`<bdi>${account.name}</bdi>`],
    ['May', record.scopes.length === 0 ? 'nothing that asks for a scope' : record.scopes.join(', ')],
    ['From', record.allowedAddresses.length === 0 ? 'anywhere' : record.allowedAddresses.join(', ')],
    ['At most', record.rate ?? 'as the API has it'],
    ['Made', moment(record.createdAt)],
    ['Expires', momentOr(record.expiresAt)],
    ['Last used', lastUse(record)],
    ...(record.lastUsedUserAgent === null
      ? []
      : ([['It called itself', html`<bdi>${record.lastUsedUserAgent}</bdi>`]] as const)),
    ...(rotation === null
      ? []
      : ([
          [
            'Old secret',
            html`last used ${momentOr(rotation.oldLastUsedAt)}, ends ${momentOr(rotation.endsAt, 'when you say so')}`,
          ],
          ['New secret', html`last used ${momentOr(rotation.newLastUsedAt)}`],
        ] as const)),
  ])
}
