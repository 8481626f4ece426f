import { html } from 'hono/html'
import type { Acting } from '../accounts/acting.ts'
import type { UserRecord } from '../accounts/user-record.ts'
import type { Users } from '../accounts/users.ts'
import { PermissionDenied, RequestRefused } from '../core/errors.ts'
import { moment } from '../pages/components.ts'
import { select, textControl } from '../pages/controls.ts'
import { facts } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import { shownName } from '../pages/shown-name.ts'
import { isSuperuser } from '../permissions/is-superuser.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../screens/screen.ts'
import { userFrame, userOf, userPath } from './users/user-frame.ts'

export interface ActingScreensStores {
  readonly acting: Pick<Acting, 'start' | 'stop'>
  readonly users: Pick<Users, 'find'>
}

/** How a superuser sees the site as somebody else does, and how that stops. */
export function actingScreens({ acting, users }: ActingScreensStores): readonly Screen[] {
  return [
    {
      path: 'users/:id/act-as/',
      permission: isSuperuser,
      isSensitive: true,
      show: async (visit) =>
        startPage(visit, checked(visit, await userOf(visit, users)), { reason: '', minutes: '30' }, {}),
      actions: {
        start: {
          run: async (visit) => {
            const user = checked(visit, await userOf(visit, users))
            const typed = { reason: visit.text('reason'), minutes: visit.text('minutes') }
            const actor = { sessionId: visit.signed.auth.id, user: visit.user }
            const minutes = /^\d{1,3}$/.test(typed.minutes) ? Number(typed.minutes) : 0
            try {
              await acting.start(actor, { userId: user.id, reason: typed.reason, minutes }, visit.by)
              return leave(
                '/account/',
                `You see the site as ${shownName(user.username)} does. Nothing that is theirs alone is shown.`,
              )
            } catch (error) {
              return startPage(visit, user, typed, faultsOf(error))
            }
          },
        },
      },
    },
    {
      path: 'acting/',
      show: async ({ acting: now }) => {
        if (now === null) throw new RequestRefused('not_found', 'You act as nobody.')
        return {
          title: `You act as ${shownName(now.user.name, now.user.id)}`,
          content: facts([
            ['As', html`<a href="${userPath(now.user.id)}"><bdi>${shownName(now.user.name)}</bdi></a>`],
            ['Why', now.reason],
            ['Since', moment(now.since)],
            ['Until', moment(now.until)],
          ]),
        }
      },
      actions: {
        stop: {
          run: async (visit) => {
            const actor = { sessionId: visit.signed.auth.id, user: visit.user }
            const wasGoing = await acting.stop(actor, visit.by)
            const place = visit.acting === null ? '/admin/' : userPath(visit.acting.user.id)
            return leave(place, wasGoing ? 'You are yourself again.' : 'You were yourself already.')
          },
        },
      },
    },
  ]
}

/** Throws `PermissionDenied` for whom nobody may act as. */
function checked({ user: actor }: Visit, user: UserRecord): UserRecord {
  if (!user.isStaff && !user.isSuperuser && user.id !== actor.id) return user
  throw new PermissionDenied(
    'permission_denied',
    'Nobody may act as a member of staff, as a superuser, or as themselves.',
  )
}

interface Typed {
  readonly reason: string
  readonly minutes: string
}

function startPage(visit: Visit, user: UserRecord, { reason, minutes }: Typed, faults: Faults): View {
  const { title, crumbs = [] } = userFrame(user)
  return {
    title: `Sign in as ${title}`,
    crumbs: [...crumbs, { href: userPath(user.id), text: title }],
    problems: problemsOf(faults),
    content: html`<p>
        You see their account and their portal as they do, and may end things for them. You make nothing new, see no
        secret of theirs, and change no way to sign in. What you do is recorded with both names.
      </p>
      ${postForm({
        to: visit.path,
        proof: visit.form,
        action: 'start',
        button: `Sign in as ${title}`,
        cancel: userPath(user.id),
        content: html`${textControl({
          id: 'reason',
          name: 'reason',
          label: 'Why',
          required: true,
          maxLength: 500,
          value: reason,
          wrong: faults['reason'],
          hint: 'Such as the number of the request for help. They can read it in their history.',
        })}
        ${select({
          id: 'minutes',
          name: 'minutes',
          label: 'For',
          value: minutes,
          wrong: faults['minutes'],
          choices: ['15', '30', '60'].map((value) => ({ value, text: `${value} minutes` })),
        })}`,
      })}`,
  }
}
