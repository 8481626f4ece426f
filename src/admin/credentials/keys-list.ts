import { html } from 'hono/html'
import type { Users } from '../../accounts/users.ts'
import { moment } from '../../pages/components.ts'
import { select, textControl } from '../../pages/controls.ts'
import { emptyState, momentOr } from '../../pages/facts.ts'
import { confirmation } from '../../pages/forms.ts'
import { lastUse } from '../../pages/last-use.ts'
import { shownName } from '../../pages/shown-name.ts'
import { type Cell, filterForm, pager, table } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import { keyFilterOf, keyStateChoices } from '../../screens/key-filter.ts'
import { noneSoFar } from '../../screens/none-so-far.ts'
import { leave, type Posted, type Screen } from '../../screens/screen.ts'
import { sought } from '../../screens/sought.ts'
import type { ApiKeyFilter, ApiKeyList } from '../../tokens/api-key-list.ts'
import type { ApiKeyRecord } from '../../tokens/api-key-record.ts'
import type { ApiKeys } from '../../tokens/api-keys.ts'
import { actorOf } from '../../tokens/owner.ts'
import { backTo, chosenFields, chosenRows, rowBox, rowsForm } from '../checked-rows.ts'
import { type LeftOut, leftOut, leftOutText } from '../left-out.ts'
import { keyState } from './key-state.ts'
import { linked } from '../linked.ts'
import type { Named, Names } from '../names.ts'
import { mayActOnOwner } from '../owner-of.ts'
import { userSought } from '../user-sought.ts'

export interface KeysListStores {
  readonly keyList: ApiKeyList
  readonly apiKeys: Pick<ApiKeys, 'revoke'>
  readonly users: Pick<Users, 'find' | 'findByLogin'>
  readonly names: Names
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** All API keys, and how many are revoked at once. */
export function keysList({ keyList, apiKeys, users, names, clock }: KeysListStores): Screen {
  return {
    path: 'keys/',
    menu: { text: 'API keys', group: 'Credentials' },
    show: async (visit) => {
      const { path, query } = visit
      const state = sought(query, 'state')
      const owner = await userSought(query, 'owner', users)
      const filter: ApiKeyFilter = {
        ...keyFilterOf(state, clock()),
        owner: owner.id === undefined ? undefined : { kind: 'user', id: owner.id },
      }
      const { items, next } = await keyList.page(filter, askedPage(query, size))
      const named = await names(items.map((key) => actorOf(key.owner)))
      const isFiltered = state !== '' || owner.typed !== ''
      const list = table({
        id: 'keys',
        caption: 'API keys',
        columns: [
          { heading: 'Name, and how it begins' },
          { heading: 'Owner' },
          { heading: 'Status' },
          { heading: 'Scopes', isNumeric: true },
          { heading: 'Created' },
          { heading: 'Last used' },
          { heading: 'Expires' },
          { heading: 'Limit' },
        ],
        rows: items.map((key) => rowOf(key, named, clock())),
        empty: isFiltered
          ? noneSoFar(next, 'keys', 'No key matches. Choose another status or owner, or show all.')
          : emptyState({
              what: 'Keys appear when people make them in their portal, or when you make one for a service account.',
              button: { href: '/admin/service-accounts/', text: 'Service accounts' },
            }),
      })
      return {
        title: 'API keys',
        content: html`${filterForm({
          path,
          isFiltered,
          controls: [
            select({
              id: 'state',
              name: 'state',
              label: 'Status',
              value: state,
              choices: keyStateChoices('Disabled'),
            }),
            textControl({
              id: 'owner',
              name: 'owner',
              label: 'Owner: username or e-mail',
              value: owner.typed,
              maxLength: 254,
            }),
          ],
        })}
        ${items.length === 0 ? list : rowsForm({ to: backTo(visit), proof: visit.form, list, action: 'choose', button: 'Revoke those that are chosen' })}
        ${pager({ path, query, next, size })}`,
      }
    },
    actions: {
      choose: {
        run: async (visit) => {
          const chosen = chosenRows(visit.fields).slice(0, size)
          if (chosen.length === 0)
            return leave(backTo(visit), 'No key was chosen: check the boxes of those that are to be revoked.')
          const { keys, left } = await planned(visit)
          const button = keys.length === 1 ? 'Revoke the key' : `Revoke ${keys.length} keys`
          const back = backTo(visit)
          return {
            title: keys.length === 0 ? 'Nothing can be revoked' : `${button}?`,
            crumbs: [{ href: visit.path, text: 'API keys' }],
            content: html`${
              keys.length === 0
                ? html`<p class="note" id="cannot">None of the keys that were chosen can be revoked.</p>
                    <p><a href="${back}" id="cancel">Back to the list</a></p>`
                : confirmation({
                    to: back,
                    proof: html`${visit.form}${chosenFields(keys.map(({ id }) => id))}`,
                    action: 'revoke',
                    button,
                    what: `Whatever uses ${keys.length === 1 ? 'it' : 'them'} is refused from now on, for good.`,
                    stops: keys.map(({ name, masked }) => `${shownName(name)} (${masked})`),
                    cancel: back,
                  })
            }
            ${leftOut(left)}`,
          }
        },
      },
      revoke: {
        run: async (visit) => {
          const { keys, left } = await planned(visit)
          for (const { id } of keys) await apiKeys.revoke(id, { by: visit.by })
          const done = `${keys.length} ${keys.length === 1 ? 'key is' : 'keys are'} revoked.`
          return leave(backTo(visit), `${done}${leftOutText(left)}`)
        },
      },
    },
  }

  /** Of the keys that were chosen, those that can be revoked, and the others with the reason. */
  async function planned({
    fields,
    user,
  }: Posted): Promise<{ keys: readonly ApiKeyRecord[]; left: readonly LeftOut[] }> {
    const keys: ApiKeyRecord[] = []
    const left: LeftOut[] = []
    for (const id of chosenRows(fields).slice(0, size)) {
      const key = await keyList.read(id)
      const name = key === null ? null : `${shownName(key.name, id)} (${key.masked})`
      if (key === null) left.push({ id, name, why: 'It is not there any more.' })
      else if (key.revokedAt !== null) left.push({ id, name, why: 'Revoked already.' })
      else if (await mayActOnOwner(user, key.owner, users)) keys.push(key)
      else left.push({ id, name, why: 'The key of an administrator: only a superuser may revoke it.' })
    }
    return { keys, left }
  }
}

const size = 50

function rowOf(key: ApiKeyRecord, named: ReadonlyMap<string, Named>, now: number): readonly Cell[] {
  const { id, name, masked, owner, scopes, expiresAt } = key
  return [
    html`${key.revokedAt === null ? rowBox(id, shownName(name, id)) : ''}
      <a href="/admin/keys/${id}/"><bdi>${shownName(name, id)}</bdi></a>
      <br /><code>${masked}</code>`,
    linked(actorOf(owner), named),
    keyState(key, now),
    scopes.length,
    moment(key.createdAt),
    lastUse(key),
    momentOr(expiresAt),
    key.rate ?? html`<span class="quiet">the server’s</span>`,
  ]
}
