import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import { moment } from '../../pages/components.ts'
import { textControl } from '../../pages/controls.ts'
import { copyAs, facts, momentOr } from '../../pages/facts.ts'
import { confirmation, postForm } from '../../pages/forms.ts'
import { lastUse } from '../../pages/last-use.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { dayTyped } from '../../screens/day-typed.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Posted, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { ApiKeyList } from '../../tokens/api-key-list.ts'
import type { ApiKeyRecord } from '../../tokens/api-key-record.ts'
import type { ApiKeys } from '../../tokens/api-keys.ts'
import { actorOf } from '../../tokens/owner.ts'
import { apiCall } from '../../pages/api-call.ts'
import { configOf } from '../config-of.ts'
import { doneThrough, type Historian, historyOf } from '../history-of.ts'
import { keyState } from './key-state.ts'
import { linked } from '../linked.ts'
import { checkMayActOnOwner, mayActOnOwner } from '../owner-of.ts'
import { switchForm } from './switch-form.ts'
import { keyStanza, type KeyStanzaNames } from '../stanzas.ts'

export interface KeyPageStores extends Historian, KeyStanzaNames {
  readonly keyList: Pick<ApiKeyList, 'read'>
  readonly apiKeys: Pick<ApiKeys, 'update' | 'disable' | 'enable' | 'revoke'>
  readonly origin: string
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** One API key: what it may do, how it is used, and how it is bounded or ended. */
export function keyPage(stores: KeyPageStores): readonly Screen[] {
  const { keyList, apiKeys, users, names, origin, clock } = stores

  async function keyAt({ params }: Pick<Visit, 'params'>): Promise<ApiKeyRecord> {
    const key = await keyList.read(params['id'] ?? '')
    if (key === null) throw new RequestRefused('not_found', 'There is no such key.')
    return key
  }

  async function mine(visit: Posted): Promise<ApiKeyRecord> {
    const key = await keyAt(visit)
    await checkMayActOnOwner(visit.user, key.owner, users)
    return key
  }

  async function page(visit: Visit, key: ApiKeyRecord, typed: Typed, faults: Faults): Promise<View> {
    const mayChange = key.revokedAt === null && (await mayActOnOwner(visit.user, key.owner, users))
    const named = await names([actorOf(key.owner)])
    return {
      title: shownName(key.name, key.id),
      crumbs: [{ href: '/admin/keys/', text: 'API keys' }],
      problems: problemsOf(faults, { expiresAt: 'expires_at' }),
      content: html`${facts([
        ['Begins', html`<code>${key.masked}</code>`],
        ['Owner', linked(actorOf(key.owner), named)],
        ...(key.purpose === '' ? [] : ([['What for', html`<bdi>${key.purpose}</bdi>`]] as const)),
        ['Status', keyState(key, clock())],
        ['Scopes', key.scopes.join(' ') || 'none: it may do nothing that asks for a scope'],
        ['Addresses', key.allowedAddresses.join(' ') || 'anywhere'],
        ['Rate', key.rate ?? 'that of the server'],
        ['Made', moment(key.createdAt)],
        ['Last used', lastUse(key)],
        ...(key.lastUsedUserAgent === null
          ? []
          : ([['It called itself', html`<bdi>${key.lastUsedUserAgent}</bdi>`]] as const)),
        ['Expires', momentOr(key.expiresAt)],
      ])}
      ${mayChange ? changes(visit, key, typed, faults) : ''} ${await historyOf(stores, `api_key:${key.id}`)}
      ${doneThrough(`api_key:${key.id}`)}
      ${copyAs({
        call: apiCall(origin, 'GET', `/api/admin/keys/${key.id}/`),
        config: configOf('api_keys', await keyStanza(key, stores)),
      })}`,
    }
  }

  return [
    {
      path: 'keys/:id/',
      show: async (visit) => {
        const key = await keyAt(visit)
        return page(visit, key, typedOf(key), {})
      },
      actions: {
        save: {
          run: async (visit) => {
            const key = await mine(visit)
            const typed = { expires: visit.text('expires_at'), rate: visit.text('rate') }
            try {
              const expiresAt = endOf(typed.expires)
              // An end that is there is not taken away or moved on here: whoever needs the key longer makes a new one.
              if (key.expiresAt !== null && (expiresAt === null || expiresAt > key.expiresAt)) {
                throw new RequestRefused('invalid', undefined, {
                  body: { expiresAt: ['Give a day before the one that it has.'] },
                })
              }
              const isSameEnd = expiresAt !== null && key.expiresAt !== null && typed.expires === dayOf(key.expiresAt)
              const values = { rate: typed.rate === '' ? null : typed.rate, ...(isSameEnd ? {} : { expiresAt }) }
              await apiKeys.update(key.id, values, { by: visit.by })
              return leave(visit.path, 'The changes are saved.')
            } catch (error) {
              return page(visit, key, typed, faultsOf(error))
            }
          },
        },
        disable: {
          run: async (visit) => {
            const { id } = await mine(visit)
            await apiKeys.disable(id, { by: visit.by })
            return leave(visit.path, 'The key is switched off for now.')
          },
        },
        enable: {
          run: async (visit) => {
            const { id } = await mine(visit)
            await apiKeys.enable(id, { by: visit.by })
            return leave(visit.path, 'The key works again.')
          },
        },
      },
    },
    {
      path: 'keys/:id/revoke/',
      show: async (visit) => {
        const key = await keyAt(visit)
        return {
          title: `Revoke ${shownName(key.name, key.id)}?`,
          crumbs: [
            { href: '/admin/keys/', text: 'API keys' },
            { href: `/admin/keys/${key.id}/`, text: shownName(key.name, key.id) },
          ],
          content: confirmation({
            to: visit.path,
            proof: visit.form,
            action: 'revoke',
            button: 'Revoke the key',
            what: 'Whatever uses it is refused from now on, for good.',
            stops: [`the key ${key.masked}`],
            cancel: `/admin/keys/${key.id}/`,
          }),
        }
      },
      actions: {
        revoke: {
          run: async (visit) => {
            const { id } = await mine(visit)
            await apiKeys.revoke(id, { by: visit.by })
            return leave(`/admin/keys/${id}/`, 'The key is revoked.')
          },
        },
      },
    },
  ]
}

interface Typed {
  readonly expires: string
  readonly rate: string
}

function typedOf({ expiresAt, rate }: ApiKeyRecord): Typed {
  return { expires: expiresAt === null ? '' : dayOf(expiresAt), rate: rate ?? '' }
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

/** The end of that day, in UTC. */
function endOf(day: string): number | null {
  // What is no day is for the store to refuse.
  return day === '' ? null : (dayTyped(day)?.end ?? -1)
}

function changes(visit: Visit, key: ApiKeyRecord, { expires, rate }: Typed, faults: Faults): Markup {
  return html`<section aria-labelledby="bounds-heading">
      <h2 id="bounds-heading">Bounds</h2>
      ${postForm({
        to: visit.path,
        proof: visit.form,
        action: 'save',
        button: 'Save',
        content: html`${textControl({
          id: 'expires_at',
          name: 'expires_at',
          label: 'Last day',
          type: 'date',
          value: expires,
          wrong: faults['expiresAt'],
          hint: 'In UTC. It can be moved forward, not on.',
        })}
        ${textControl({
          id: 'rate',
          name: 'rate',
          label: 'Rate of its own',
          value: rate,
          maxLength: 40,
          wrong: faults['rate'],
          hint: 'Such as 100/min. Empty: that of the server.',
        })}`,
      })}
    </section>
    <section aria-labelledby="danger-heading">
      <h2 id="danger-heading">Danger zone</h2>
      <div class="buttons">
        ${switchForm(visit, { isOn: key.disabledAt === null, off: 'Switch off for now', on: 'Switch on again' })}
        <a class="button small danger" id="revoke" href="${visit.path}revoke/">Revoke</a>
      </div>
    </section>`
}
