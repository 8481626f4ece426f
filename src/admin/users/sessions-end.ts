import { html } from 'hono/html'
import { type EndingActor, mostUsers, type SessionCount } from '../../accounts/end-sessions.ts'
import type { Users } from '../../accounts/users.ts'
import { check } from '../../pages/controls.ts'
import { confirmation } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { untilOf } from '../acting-on.ts'
import { type EndFilteredStores, endFilteredSessions } from './end-filtered-sessions.ts'
import { searchOf, sessionsInWords, sessionsMeant, sessionsQueryIn, type SessionsQuery } from './sessions-query.ts'

export interface SessionsEndStores extends EndFilteredStores {
  readonly users: Pick<Users, 'findByLogin'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Ends all sessions that a filter finds, after their number was typed. */
export function sessionsEnd(stores: SessionsEndStores): Screen {
  const { endSessions, users, clock } = stores
  return {
    path: 'sessions/end/',
    isSensitive: true,
    show: async (visit) => {
      const wanted = sessionsQueryIn(visit.query)
      const { filter, problems } = await sessionsMeant(wanted, users)
      if (problems.length > 0) return { ...unclear(wanted), problems: [] }
      return asking(clock(), visit, wanted, await endSessions.count(filter, actorIn(visit)))
    },
    actions: {
      end: {
        run: async (visit) => {
          const wanted = sessionsQueryIn(visit.query)
          const { filter, problems } = await sessionsMeant(wanted, users)
          if (problems.length > 0) return unclear(wanted)
          const [shown, typed] = [numberIn(visit.text('shown')), numberIn(visit.text('typed'))]
          const actor = actorIn(visit)
          if (shown === null || typed !== shown) {
            return asking(
              clock(),
              visit,
              wanted,
              await endSessions.count(filter, actor),
              'Type the number as it stands here.',
            )
          }
          const withOwn = visit.text('own') !== ''
          const answer = await endFilteredSessions(stores, { filter, actor, shown, withOwn }, visit.by)
          if (!answer.isDone) {
            const { count } = answer.found
            const wrong = `There are ${inWords(count)} now, and not ${inWords(shown)} any more: some have begun meanwhile. Look again, and type ${inWords(count)}.`
            return asking(clock(), visit, wanted, answer.found, wrong)
          }
          if (answer.isOwnOver) return leave('/accounts/login/')
          const done = answer.ended === 1 ? 'One session has ended.' : `${inWords(answer.ended)} sessions have ended.`
          if (answer.left === 0) return leave(listOf(wanted), done)
          return leave(pathOf(visit, wanted), `${done} ${inWords(answer.left)} that match are still there.`)
        },
      },
    },
  }
}

function actorIn({ user, signed }: Visit): EndingActor {
  return { id: user.id, until: untilOf(user), sessionId: signed.auth.id }
}

function asking(now: number, visit: Visit, wanted: SessionsQuery, found: SessionCount, wrong?: string): View {
  const { count, users, leftOut, hasOwn } = found
  const words = sessionsInWords(wanted)
  const sessions = count === 1 ? '1 session' : `${inWords(count)} sessions`
  const of =
    users >= mostUsers ? `${inWords(mostUsers)} users or more` : users === 1 ? '1 user' : `${inWords(users)} users`
  const notes = html`${leftOut === 0 ? '' : html`<p class="note" id="left-out">${inWords(leftOut)} of administrators match as well, and go on: only a superuser may end them, and one for a while none of whoever is it for longer.</p>`}
  ${
    wanted.started === ''
      ? html`<p class="quiet">
          Where people sign in all the time, their number grows while you read:
          <a id="bounded" href="${pathOf(visit, { ...wanted, started: new Date(now).toISOString().slice(0, 19) })}"
            >those that have begun until now</a
          >.
        </p>`
      : ''
  }`
  if (count === 0 && !hasOwn) {
    return {
      title: 'Nothing to end',
      crumbs,
      content: html`<p id="none">No session that you may end matches.</p>
        ${notes}
        <p><a href="${listOf(wanted)}" id="cancel">Back to the list</a></p>`,
    }
  }
  return {
    title: `End ${sessions}?`,
    status: 200,
    crumbs,
    problems: wrong === undefined ? [] : [{ field: 'typed', message: wrong }],
    content: html`${meant(words)}
    ${confirmation({
      to: pathOf(visit, wanted),
      proof: html`${visit.form}${hasOwn ? check({ id: 'own', name: 'own', label: 'End the session that I do this with too', hint: 'It matches. You have to sign in again.' }) : ''}`,
      action: 'end',
      fields: { shown: String(count) },
      button: `End ${sessions}`,
      what: 'Whoever uses them has to sign in again, and applications that act on them alone are signed out with them. API keys, and what applications may do while nobody is there, go on.',
      stops: [`${sessions} of ${of}`],
      more: notes,
      typed: { text: String(count), wrong },
      cancel: listOf(wanted),
    })}`,
  }
}

function meant(words: readonly string[]): Markup {
  return words.length === 0
    ? html`<p id="meant"><strong>All sessions there are</strong>, whoever’s and wherever.</p>`
    : html`<p>All that are:</p>
        <ul class="points" id="meant">
          ${words.map((one) => html`<li><bdi>${one}</bdi></li>`)}
        </ul>`
}

function unclear(wanted: SessionsQuery): View {
  return {
    title: 'Which sessions?',
    status: 400,
    crumbs,
    content: html`<p>What the list was narrowed to cannot be read, so that nothing ends.</p>
      <p><a href="${listOf(wanted)}" id="cancel">Back to the list</a></p>`,
  }
}

const crumbs = [{ href: '/admin/sessions/', text: 'Sessions' }]

function listOf(wanted: SessionsQuery): string {
  const search = searchOf(wanted)
  return `/admin/sessions/${search.size === 0 ? '' : `?${search}`}`
}

function pathOf({ path }: Visit, wanted: SessionsQuery): string {
  const search = searchOf(wanted)
  return `${path}${search.size === 0 ? '' : `?${search}`}`
}

function numberIn(text: string): number | null {
  const digits = text.replaceAll(',', '')
  return /^\d{1,9}$/.test(digits) ? Number(digits) : null
}

function inWords(count: number): string {
  return count.toLocaleString('en')
}
