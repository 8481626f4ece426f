import { html } from 'hono/html'
import type { Group } from '../../accounts/groups.ts'
import type { UserListOptions, UserPage } from '../../accounts/user-list.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { MemberList, OwnMembership } from '../../organisations/member-list.ts'
import { select, textControl } from '../../pages/controls.ts'
import { emptyState, momentOr } from '../../pages/facts.ts'
import { shownName } from '../../pages/shown-name.ts'
import { moment } from '../../pages/components.ts'
import type { Markup } from '../../pages/layout.ts'
import { type Cell, filterForm, pager, table } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import { noneSoFar } from '../../screens/none-so-far.ts'
import type { Screen } from '../../screens/screen.ts'
import { type BulkUsersPageStores, bulkChoices, bulkUsersActions } from './bulk-users-page.ts'
import { rowBox, rowsForm } from '../checked-rows.ts'
import { type NamedProviders, sourceChoices } from './source-words.ts'
import { userBadges, userPath } from './user-frame.ts'
import { searchOf, usersMeant, usersQueryIn } from './users-query.ts'

export interface UsersListStores extends BulkUsersPageStores {
  readonly users: { readonly list: (options?: UserListOptions) => Promise<UserPage> }
  readonly members: Pick<MemberList, 'ofEach'>
  /** What people may sign in with elsewhere. */
  readonly social: { readonly providers: NamedProviders }
}

/** All users, with filters and search, and what is done to many of them at once. */
export function usersList(stores: UsersListStores): Screen {
  const { users } = stores
  return {
    path: 'users/',
    menu: { text: 'Users', group: 'People' },
    actions: bulkUsersActions(stores),
    show: async ({ path, query, form }) => {
      const wanted = usersQueryIn(query)
      const { users: page, next } = await users.list({ ...usersMeant(wanted), ...askedPage(query, size) })
      const memberships = await stores.members.ofEach(page.map(({ id }) => id))
      const search = searchOf(wanted)
      const isFiltered = search.size > 0
      const file = (format: string): string => `${path}export/?${new URLSearchParams([...search, ['format', format]])}`
      const list = table({
        id: 'users',
        caption: 'Users',
        columns: [
          { heading: 'Username' },
          { heading: 'E-mail' },
          { heading: 'Status' },
          { heading: 'Organisations' },
          { heading: 'Second factor' },
          { heading: 'Last sign-in' },
          { heading: 'Created' },
        ],
        rows: page.map((user) => rowOf(user, memberships.get(user.id) ?? [])),
        empty: isFiltered
          ? noneSoFar(next, 'users', 'Nobody matches. Shorten what you search for, or show all.')
          : emptyState({
              what: 'No users yet. Make one, or import those of another system.',
              button: { href: `${path}new/`, text: 'New user' },
            }),
      })
      return {
        title: 'Users',
        content: html`<div class="toolbar">
            <a class="button small" href="${path}new/" id="new-user">New user</a>
            <span
              ><a href="${path}import/" id="import-users">Import users</a> ·
              <a id="export-csv" href="${file('csv')}">Download as CSV</a> ·
              <a id="export-json" href="${file('json')}">as JSON</a></span
            >
          </div>
          ${filterForm({
            path,
            isFiltered,
            controls: [
              textControl({
                id: 'search',
                name: 'search',
                label: 'Name, e-mail or id begins with',
                type: 'search',
                value: wanted.search,
                maxLength: 254,
              }),
              select({ id: 'status', name: 'status', label: 'Status', value: wanted.status, choices: statusChoices }),
              select({ id: 'role', name: 'role', label: 'Role', value: wanted.role, choices: roleChoices }),
              select({
                id: 'factor',
                name: 'factor',
                label: 'Second factor',
                value: wanted.factor,
                choices: factorChoices,
              }),
              groupControl(await stores.groups.list(), wanted.group),
              textControl({
                id: 'organisation',
                name: 'organisation',
                label: 'Short name of an organisation',
                value: wanted.organisation,
                maxLength: 64,
              }),
              select({
                id: 'source',
                name: 'source',
                label: 'Where from',
                value: wanted.source,
                choices: sourceChoices(stores.social.providers),
              }),
            ],
          })}
          ${page.length === 0 ? list : rowsForm({ to: query.size === 0 ? path : `${path}?${query}`, proof: form, list, action: 'choose', button: 'Go on', choices: bulkChoices() })}
          ${pager({ path, query, next, size })}`,
      }
    },
  }
}

const size = 50

const statusChoices = [
  { value: '', text: 'Any' },
  { value: 'active', text: 'Active' },
  { value: 'disabled', text: 'Disabled' },
  { value: 'never', text: 'Never signed in' },
]

const factorChoices = [
  { value: '', text: 'Any' },
  { value: 'yes', text: 'Has one' },
  { value: 'no', text: 'Has none' },
]

const roleChoices = [
  { value: '', text: 'Any' },
  { value: 'staff', text: 'Staff' },
  { value: 'superuser', text: 'Superuser' },
]

/** Of one group alone, where there are groups. */
function groupControl(groups: readonly Group[], value: string): Markup | '' {
  if (groups.length === 0) return ''
  const choices = [{ value: '', text: 'Any' }, ...groups.map(({ id, name }) => ({ value: id, text: name }))]
  return select({ id: 'group', name: 'group', label: 'Group', value, choices })
}

function rowOf(user: UserRecord, memberships: readonly OwnMembership[]): readonly Cell[] {
  const { id, username, email, emailVerified, hasSecondFactor, lastLoginAt, createdAt } = user
  return [
    html`${rowBox(id, shownName(username, id))} <a href="${userPath(id)}"><bdi>${shownName(username, id)}</bdi></a>`,
    email === null
      ? html`<span class="quiet">none</span>`
      : html`<bdi>${shownName(email)}</bdi>${emailVerified ? '' : html` <span class="quiet">not verified</span>`}`,
    html`${userBadges(user).map((one) => html`${one} `)}`,
    organisationsOf(memberships),
    hasSecondFactor ? 'yes' : html`<span class="quiet">none</span>`,
    momentOr(lastLoginAt),
    moment(createdAt),
  ]
}

/** Few of them by name; how many there are else. */
function organisationsOf(memberships: readonly OwnMembership[]): Cell {
  if (memberships.length === 0) return html`<span class="quiet">none</span>`
  const more = memberships.length - mostNamed
  return html`${memberships
    .slice(0, mostNamed)
    .map(
      ({ organisationId, name, slug }, index) =>
        html`${index === 0 ? '' : ', '}<a href="/admin/organisations/${organisationId}/"
            ><bdi>${shownName(name, slug)}</bdi></a
          >`,
    )}${more > 0 ? html` <span class="quiet">and ${more} more</span>` : ''}`
}

const mostNamed = 2
