import { html } from 'hono/html'
import type { Users } from '../../accounts/users.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { FindRights, Right, Rights } from '../../organisations/rights.ts'
import { textControl } from '../../pages/controls.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { filterForm, table } from '../../pages/table.ts'
import type { Screen } from '../../screens/screen.ts'
import { sought } from '../../screens/sought.ts'
import { userFrame, userOf } from './user-frame.ts'

export interface UserRightsStores {
  readonly users: Pick<Users, 'find'>
  readonly findRights: FindRights
}

/** What a user may do, and by what: their own permissions, groups, roles, and organisations. */
export function userRights({ users, findRights }: UserRightsStores): Screen {
  return {
    path: 'users/:id/rights/',
    show: async (visit) => {
      const user = await userOf(visit, users)
      const rights = await findRights(user.id)
      if (rights === null) throw new RequestRefused('not_found', 'There is no such user. They may have been deleted.')
      const asked = sought(visit.query, 'permission')
      const only = (all: readonly Right[]): readonly Right[] =>
        asked === '' ? all : all.filter(({ permission }) => permission === asked)
      return {
        ...userFrame(user),
        content: html`${filterForm({
            path: visit.path,
            isFiltered: asked !== '',
            controls: [
              textControl({
                id: 'permission',
                name: 'permission',
                label: 'May they',
                value: asked,
                maxLength: 100,
                type: 'search',
              }),
            ],
          })}
          <p id="answer" role="status">${answerOf(rights, asked)}</p>
          ${rightsTable('everywhere', 'Everywhere', only(rights.everywhere))}
          ${rights.organisations.map(({ id, name, slug, rights: own }) => rightsTable(`in-${id}`, `In ${shownName(name, slug)}`, only(own)))}`,
      }
    },
  }
}

function answerOf({ isActive, isSuperuser, everywhere, organisations, roles }: Rights, asked: string): string {
  if (!isActive) return 'The account is disabled: they may do nothing.'
  if (isSuperuser) return 'They are a superuser: every permission is theirs.'
  if (asked === '') {
    return roles.length === 0
      ? 'They have no role that counts everywhere.'
      : `Everywhere they are: ${roles.join(', ')}.`
  }
  const has = (all: readonly Right[]): Right | undefined => all.find(({ permission }) => permission === asked)
  const anywhere = has(everywhere)
  if (anywhere !== undefined) return `Yes, ${asked} everywhere, by ${anywhere.from.join(' and ')}.`
  const places = organisations.filter(({ rights }) => has(rights) !== undefined).map(({ name }) => name)
  return places.length === 0
    ? `No, they may not ${asked}, neither everywhere nor in an organisation.`
    : `Not everywhere. They may ${asked} in ${places.join(', ')}.`
}

function rightsTable(id: string, caption: string, rights: readonly Right[]): Markup {
  return table({
    id,
    caption,
    isCaptionShown: true,
    columns: [{ heading: 'Permission' }, { heading: 'By' }],
    rows: rights.map(({ permission, from }) => [html`<code>${permission}</code>`, html`<bdi>${from.join(', ')}</bdi>`]),
    empty: `${caption}: nothing.`,
  })
}
