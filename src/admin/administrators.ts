import { html } from 'hono/html'
import type { UserRecord } from '../accounts/user-record.ts'
import type { Users } from '../accounts/users.ts'
import { select, textControl } from '../pages/controls.ts'
import { badge, momentOr } from '../pages/facts.ts'
import { confirmation, postForm } from '../pages/forms.ts'
import { shownName } from '../pages/shown-name.ts'
import { pager, table } from '../pages/table.ts'
import { isSuperuser } from '../permissions/is-superuser.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../screens/screen.ts'
import type { Historian } from './history-of.ts'
import { userOf, userPath } from './user-frame.ts'

export interface AdministratorsStores extends Historian {
  readonly users: Pick<Users, 'find' | 'findByLogin' | 'list' | 'update'>
}

/** Who may administer, and how that is given and taken. Somebody always stays who may do everything. */
export function administrators({ users }: AdministratorsStores): readonly Screen[] {
  return [
    {
      path: 'administrators/',
      menu: { text: 'Administrators', group: 'Security' },
      show: async (visit) => page(visit, users, { user: '', role: 'staff' }, {}),
      actions: {
        grant: {
          permission: isSuperuser,
          isSensitive: true,
          run: async (visit) => {
            const typed = { user: visit.text('user'), role: visit.text('role') }
            const user = typed.user === '' ? null : await users.findByLogin(typed.user)
            const role = Object.hasOwn(roles, typed.role) ? roles[typed.role] : undefined
            const faults: Faults = {
              ...(user === null ? { user: 'Give the username or e-mail of a user that is there.' } : {}),
              ...(user?.isActive === false ? { user: 'The account is disabled. Enable it first.' } : {}),
              ...(role === undefined ? { role: 'Choose one of the two.' } : {}),
            }
            if (user === null || role === undefined || Object.keys(faults).length > 0)
              return page(visit, users, typed, faults)
            await users.update(user.id, role, visit.by)
            return leave(visit.path, `${shownName(user.username)} is an administrator now.`)
          },
        },
      },
    },
    {
      path: 'administrators/:id/',
      permission: isSuperuser,
      isSensitive: true,
      show: async (visit) => takingPage(visit, await userOf(visit, users)),
      actions: {
        take: {
          run: async (visit) => {
            const user = await userOf(visit, users)
            const toStaff = visit.text('to') === 'staff'
            try {
              await users.update(
                user.id,
                { isSuperuser: false, ...(toStaff ? { isStaff: true } : { isStaff: false }) },
                visit.by,
              )
            } catch (error) {
              const { main = '' } = faultsOf(error)
              return { ...takingPage(visit, user), status: 409, problems: [{ field: 'main', message: main }] }
            }
            const isOwn = user.id === visit.user.id
            return leave(
              isOwn && !toStaff ? '/account/' : '/admin/administrators/',
              `${shownName(user.username)} is ${toStaff ? 'staff, and no superuser' : 'no administrator'} any more.`,
            )
          },
        },
      },
    },
  ]
}

const roles: Readonly<Record<string, { readonly isStaff: true; readonly isSuperuser?: true }>> = {
  staff: { isStaff: true },
  superuser: { isStaff: true, isSuperuser: true },
}

const roleChoices = [
  { value: 'staff', text: 'Staff: reads everything, and does the daily work' },
  { value: 'superuser', text: 'Superuser: does everything, and makes administrators' },
]

async function page(
  visit: Visit,
  users: AdministratorsStores['users'],
  typed: { readonly user: string; readonly role: string },
  faults: Faults,
): Promise<View> {
  const mayGrant = visit.user.isSuperuser === true
  const after = visit.query.get('after')
  const onPage = { limit: size, ...(after === null ? {} : { after }) }
  const { users: staff, next } = await users.list({ isStaff: true, ...onPage })
  const { users: others } =
    after === null ? await users.list({ isSuperuser: true, isStaff: false, limit: 200 }) : { users: [] }
  return {
    title: 'Administrators',
    problems: problemsOf(faults),
    content: html`${table({
      id: 'administrators',
      caption: 'Administrators',
      columns: [
        { heading: 'User' },
        { heading: 'May' },
        { heading: 'Account' },
        { heading: 'Last sign-in' },
        ...(mayGrant ? [{ heading: 'Change' }] : []),
      ],
      rows: [...others, ...staff].map((user) => [
        html`<a href="${userPath(user.id)}"><bdi>${shownName(user.username, user.id)}</bdi></a>`,
        roleText(user),
        user.isActive ? badge('Active', 'good') : badge('Disabled', 'bad'),
        momentOr(user.lastLoginAt),
        ...(mayGrant ? [html`<a href="${visit.path}${user.id}/">Take away</a>`] : []),
      ]),
    })}
    ${pager({ path: visit.path, query: visit.query, next, size })}
    ${
      mayGrant
        ? postForm({
            to: visit.path,
            proof: visit.form,
            action: 'grant',
            button: 'Make an administrator',
            content: html`${textControl({
              id: 'user',
              name: 'user',
              label: 'User',
              required: true,
              maxLength: 254,
              value: typed.user,
              wrong: faults['user'],
              hint: 'Username or e-mail.',
            })}
            ${select({ id: 'role', name: 'role', label: 'May', value: typed.role, wrong: faults['role'], choices: roleChoices })}`,
          })
        : html`<p class="note" id="not-yours">Only a superuser may make or unmake administrators.</p>`
    }`,
  }
}

const size = 50

function roleText({ isSuperuser: isOne, isStaff }: UserRecord): string {
  if (isOne) return isStaff ? 'everything' : 'everything but this console: not staff'
  return 'the daily work'
}

function takingPage(visit: Visit, user: UserRecord): View {
  const name = shownName(user.username, user.id)
  const form = (to: 'staff' | 'none', button: string, what: string): ReturnType<typeof html> =>
    html`<section aria-labelledby="${to}-heading">
      <h2 id="${to}-heading">${button}</h2>
      ${confirmation({ to: visit.path, proof: visit.form, action: 'take', fields: { to }, button, what, stops: [], cancel: '/admin/administrators/' })}
    </section>`
  return {
    title: `What ${name} may do`,
    crumbs: [{ href: '/admin/administrators/', text: 'Administrators' }],
    content: html`<p>${name} may do ${roleText(user)}.</p>
      ${user.isSuperuser ? form('staff', 'Make them staff', 'They go on with the daily work, and make no administrators any more.') : ''}
      ${form('none', 'Take all of it away', 'They are an ordinary user from the next request on. Access tokens that say otherwise are dead.')}`,
  }
}
