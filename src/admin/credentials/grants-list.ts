import { html } from 'hono/html'
import type { Users } from '../../accounts/users.ts'
import type { GrantFilter, GrantList } from '../../oauth/grant-list.ts'
import { select, textControl } from '../../pages/controls.ts'
import { filterForm, pager } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import type { Screen } from '../../screens/screen.ts'
import { sought } from '../../screens/sought.ts'
import { grantTable } from './grant-table.ts'
import { userSought } from '../user-sought.ts'

export interface GrantsListStores {
  readonly grantList: Pick<GrantList, 'page'>
  readonly users: Pick<Users, 'findByLogin'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** What people have allowed applications; all tokens of an application hang on one of these. */
export function grantsList({ grantList, users, clock }: GrantsListStores): Screen {
  return {
    path: 'grants/',
    menu: { text: 'Tokens and grants', group: 'Credentials' },
    show: async ({ path, query }) => {
      const [client, state] = [sought(query, 'client'), sought(query, 'state')]
      const user = await userSought(query, 'user', users)
      const filter: GrantFilter = {
        ...states[state],
        userId: user.id,
        ...(client === '' ? {} : { clientId: client }),
      }
      const { items, next } = await grantList.page(filter, askedPage(query, size))
      return {
        title: 'Tokens and grants',
        content: html`<div class="toolbar">
            <a class="button small" id="look-up" href="/admin/tokens/look-up/">Look a token up</a>
          </div>
          ${filterForm({
            path,
            isFiltered: user.typed !== '' || client !== '' || state !== '',
            controls: [
              textControl({ id: 'user', name: 'user', label: 'Username or e-mail', value: user.typed, maxLength: 254 }),
              textControl({ id: 'client', name: 'client', label: 'Client id', value: client, maxLength: 2048 }),
              select({ id: 'state', name: 'state', label: 'Status', value: state, choices: stateChoices }),
            ],
          })}
          ${grantTable(items, clock(), { empty: 'No grant matches. People grant something when they allow an application to act for them.' })}
          ${pager({ path, query, next, size })}`,
      }
    },
  }
}

const size = 50
const stateChoices = [
  { value: '', text: 'Any' },
  { value: 'alive', text: 'Goes on' },
  { value: 'ended', text: 'Ended' },
]
const states: Readonly<Record<string, GrantFilter>> = { alive: { isAlive: true }, ended: { isAlive: false } }
