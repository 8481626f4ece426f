import { html } from 'hono/html'
import { meantUser, nobodyMeant } from '../../accounts/meant-user.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { UserValues } from '../../accounts/user-values.ts'
import type { Users } from '../../accounts/users.ts'
import { duration, moment } from '../../pages/components.ts'
import { select, textControl } from '../../pages/controls.ts'
import { badge, momentOr } from '../../pages/facts.ts'
import { confirmation, postForm } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import type { Markup } from '../../pages/layout.ts'
import { pager, table } from '../../pages/table.ts'
import { isSuperuser } from '../../permissions/is-superuser.ts'
import { askedPage } from '../../screens/asked-page.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { checkMayActOn, mayActOn } from '../acting-on.ts'
import type { Historian } from '../history-of.ts'
import { userOf, userPath } from '../users/user-frame.ts'

export interface AdministratorsStores extends Historian {
  readonly users: Pick<Users, 'find' | 'findByLogin' | 'list' | 'update'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Who may administer, and how that is given and taken. Somebody always stays who may do everything. */
export function administrators({ users, clock }: AdministratorsStores): readonly Screen[] {
  return [
    {
      path: 'administrators/',
      menu: { text: 'Administrators', group: 'Security' },
      show: async (visit) => page(visit, { users, clock }, { user: '', role: 'staff', until: '' }, {}),
      actions: {
        grant: {
          permission: isSuperuser,
          isSensitive: true,
          run: async (visit) => {
            const typed = { user: visit.text('user'), role: visit.text('role'), until: visit.text('until') }
            const user = await meantUser(users, typed.user)
            const role = roleNames.find((one) => one === typed.role)
            const term = terms.find(({ value }) => value === typed.until)
            const faults: Faults = {
              ...(user === null ? { user: nobodyMeant } : {}),
              ...(user?.isActive === false ? { user: 'The account is disabled. Enable it first.' } : {}),
              ...(role === undefined ? { role: 'Choose one of the two.' } : {}),
              ...(term === undefined ? { until: 'Choose one of the list.' } : {}),
            }
            if (user === null || role === undefined || term === undefined || Object.keys(faults).length > 0)
              return page(visit, { users, clock }, typed, faults)
            const until = term.milliseconds === null ? null : Math.floor(clock()) + term.milliseconds
            try {
              await users.update(user.id, given(user, role, until), visit.by)
            } catch (error) {
              return page(visit, { users, clock }, typed, { user: faultsOf(error)['main'] ?? '' })
            }
            const end = until === null ? '' : `, ${term.text}`
            return leave(visit.path, `${shownName(user.username)} is an administrator now${end}.`)
          },
        },
      },
    },
    {
      path: 'administrators/:id/',
      permission: isSuperuser,
      isSensitive: true,
      show: async (visit) => takingPage(visit, await allowed(visit, users), clock()),
      actions: {
        take: {
          run: async (visit) => {
            const user = await allowed(visit, users)
            const toStaff = visit.text('to') === 'staff'
            try {
              await users.update(
                user.id,
                { isSuperuser: false, ...(toStaff ? { isStaff: true } : { isStaff: false }) },
                visit.by,
              )
            } catch (error) {
              const { main = '' } = faultsOf(error)
              return { ...takingPage(visit, user, clock()), status: 409, problems: [{ field: 'main', message: main }] }
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

async function allowed(visit: Visit, users: Pick<Users, 'find'>): Promise<UserRecord> {
  const user = await userOf(visit, users)
  checkMayActOn(visit.user, user)
  return user
}

const roleNames = ['staff', 'superuser'] as const

/** What is changed of a user for them to be that: who is staff for good stays so, also while they are a superuser for a time. */
function given(user: UserRecord, role: (typeof roleNames)[number], until: number | null): Partial<UserValues> {
  const isStaffForGood = user.isStaff && user.staffUntil === null
  if (role === 'staff') return { isStaff: true, staffUntil: until }
  const staff = isStaffForGood ? {} : { isStaff: true, staffUntil: until }
  return { ...staff, isSuperuser: true, superuserUntil: until }
}

const hour = 3_600_000

/** For how long it can be given. */
const terms = [
  { value: '', text: 'for good', milliseconds: null },
  { value: '1h', text: 'for an hour', milliseconds: hour },
  { value: '4h', text: 'for 4 hours', milliseconds: 4 * hour },
  { value: '1d', text: 'for a day', milliseconds: 24 * hour },
  { value: '7d', text: 'for 7 days', milliseconds: 7 * 24 * hour },
  { value: '30d', text: 'for 30 days', milliseconds: 30 * 24 * hour },
]

const roleChoices = [
  { value: 'staff', text: 'Daily work, as staff' },
  { value: 'superuser', text: 'Everything, as a superuser' },
]

async function page(
  visit: Visit,
  { users, clock }: Pick<AdministratorsStores, 'users' | 'clock'>,
  typed: { readonly user: string; readonly role: string; readonly until: string },
  faults: Faults,
): Promise<View> {
  const mayGrant = visit.user.isSuperuser === true
  const onPage = askedPage(visit.query, size)
  const { users: staff, next } = await users.list({ isStaff: true, ...onPage })
  const { users: others } = visit.query.has('after')
    ? { users: [] }
    : await users.list({ isSuperuser: true, isStaff: false, limit: 200 })
  return {
    title: 'Administrators',
    problems: problemsOf(faults),
    content: html`${mayGrant ? html`<p><a href="${visit.path}break-glass/" id="break-glass">Your codes for emergencies</a></p>` : ''}
    ${table({
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
        html`${roleText(user)} ${termText(user, clock())}`,
        user.isActive ? badge('Active', 'good') : badge('Disabled', 'bad'),
        momentOr(user.lastLoginAt),
        ...(mayGrant ? [mayActOn(visit.user, user) ? takeAway(visit, user) : ''] : []),
      ]),
    })}
    ${pager({ path: visit.path, query: visit.query, next, size })}
    ${
      mayGrant
        ? html`<h2>Make another administrator</h2>
            ${postForm({
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
                hint: 'Username or verified e-mail.',
              })}
              ${select({ id: 'role', name: 'role', label: 'May', value: typed.role, wrong: faults['role'], choices: roleChoices, hint: 'Staff read everything and do the daily work; superusers make administrators too.' })}
              ${select({ id: 'until', name: 'until', label: 'For how long', value: typed.until, wrong: faults['until'], choices: terms, hint: 'It ends by itself, with the tokens that tell of it.' })}`,
            })}`
        : html`<p class="note" id="not-yours">Only a superuser may make or unmake administrators.</p>`
    }`,
  }
}

const size = 50

function takeAway({ path }: Visit, { id }: UserRecord): Markup {
  return html`<a class="button small second" href="${path}${id}/">Take away</a>`
}

function roleText({ isSuperuser: isOne, isStaff }: UserRecord): string {
  if (isOne) return isStaff ? 'everything' : 'everything but this console: not staff'
  return 'the daily work'
}

/** Until when, and how long that still is. */
function termText({ isStaff, staffUntil, isSuperuser, superuserUntil }: UserRecord, now: number): Markup | '' {
  const told = (what: string, until: number): Markup =>
    html`<span class="quiet"
      >${what} until ${moment(until)} (${until > now ? `${timeLeft(until - now)} left` : 'over'})</span
    >`
  const isOne = isStaff && staffUntil === superuserUntil && isSuperuser
  return html`${isSuperuser && superuserUntil !== null ? told(isOne ? '' : 'superuser', superuserUntil) : ''}
  ${isStaff && staffUntil !== null && !isOne ? told(isSuperuser ? 'staff' : '', staffUntil) : ''}`
}

function timeLeft(milliseconds: number): string {
  const days = Math.floor(milliseconds / (24 * hour))
  return days < 3 ? duration(Math.ceil(milliseconds / 1000)) : `${days} days`
}

function takingPage(visit: Visit, user: UserRecord, now: number): View {
  const name = shownName(user.username, user.id)
  const form = (to: 'staff' | 'none', button: string, what: string): ReturnType<typeof html> =>
    html`<section aria-labelledby="${to}-heading">
      <h2 id="${to}-heading">${button}</h2>
      ${confirmation({ to: visit.path, proof: visit.form, action: 'take', fields: { to }, button, what, stops: [], cancel: '/admin/administrators/' })}
    </section>`
  return {
    title: `What ${name} may do`,
    crumbs: [{ href: '/admin/administrators/', text: 'Administrators' }],
    content: html`<p>${name} may do ${roleText(user)}. ${termText(user, now)}</p>
      ${user.isSuperuser ? form('staff', 'Make them staff', 'They go on with the daily work, and make no administrators any more.') : ''}
      ${form('none', 'Take all of it away', 'They are an ordinary user from the next request on. Access tokens that say otherwise are dead.')}`,
  }
}
