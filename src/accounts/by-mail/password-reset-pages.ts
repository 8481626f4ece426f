import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../../http/exchange.ts'
import type { BodyFields } from '../../http/parse-body.ts'
import { requestedBy } from '../../http/requested-by.ts'
import { withQuery } from '../../http/with-query.ts'
import type { Site } from '../../pages/layout.ts'
import { forgottenPasswordPage, newPasswordPage } from '../../pages/new-password.ts'
import { queryOf, textOf } from '../browser-session.ts'
import { type Faults, faultsIn, neededText, newPasswordIn, problemsOf } from '../faults.ts'
import type { OpenForms } from '../open-forms.ts'
import { deadLinkPage } from './dead-link.ts'
import { createLinkCookie } from './link-cookie.ts'
import type { PasswordResets } from './password-resets.ts'

export interface PasswordResetPagesOptions {
  readonly resets: PasswordResets
  readonly forms: OpenForms
  /** Whether this site sends mail. */
  readonly isMailOpen: boolean
  readonly site?: Site
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  /** The fewest characters of a password (8). */
  readonly minLength?: number
  readonly path?: string
  readonly confirmPath?: string
  readonly signInPath?: string
}

interface Endpoints {
  readonly GET: Endpoint
  readonly POST: Endpoint
}

/** The name of the cookie that carries the key of a link to a new password. */
export const resetCookie = 'reset'

/** Where a link to a new password is asked for, and where it leads. Whoever is signed in meanwhile stays so: it is no matter. */
export function createPasswordResetPages(options: PasswordResetPagesOptions): {
  readonly request: Endpoints
  readonly confirm: Endpoints
} {
  const { resets, forms, isMailOpen, site, secure = true, minLength = 8 } = options
  const { path = '/accounts/password/reset/', signInPath = '/accounts/login/' } = options
  const { confirmPath = '/accounts/password/reset/confirm/' } = options
  const link = createLinkCookie({ name: resetCookie, secure })

  const signIn = (next: string, hint?: string): string =>
    withQuery(signInPath, {
      ...forms.carry(next),
      ...(hint === undefined ? {} : { login_hint: hint, fresh: '1' }),
    })

  async function askPage(request: Exchange, email: string, next: string, faults: Faults = {}): Promise<Answer> {
    const problems = problemsOf(faults)
    const back = signIn(next)
    return forms.show(
      request,
      async (hidden) => forgottenPasswordPage({ site, action: path, hidden, email, signIn: back, problems }),
      { status: problems.length > 0 ? 400 : 200, next },
    )
  }

  const request: Endpoints = forms.endpoint({
    GET: async (asked) => {
      const next = forms.nextOf(asked)
      const back = { href: signIn(next), text: 'Back to sign in', id: 'back-to-sign-in' }
      if (!isMailOpen) {
        const says = ['This site sends no mail. Ask whoever runs it for a new password.']
        return forms.notice(asked, { title: 'Forgotten password', says, links: [back] })
      }
      if (queryOf(asked.url, 'done') === 'sent') {
        const again = { href: withQuery(path, forms.carry(next)), text: 'Ask again', id: 'ask-again' }
        const says = [
          'If there is an account with that address, a link to choose a new password is on its way. It works for an hour, once.',
          'If nothing comes, look among unwanted mail, or ask with another address.',
        ]
        return forms.notice(asked, { title: 'Look at your mail', says, links: [back, again] })
      }
      return askPage(asked, queryOf(asked.url, 'email') ?? '', next)
    },
    form: async (asked, fields) => {
      const next = forms.nextOf(asked, fields)
      const email = textOf(fields, 'email') ?? ''
      try {
        await resets.request(email, requestedBy(asked), next)
      } catch (error) {
        return askPage(asked, email, next, faultsIn(error))
      }
      return forms.lead(path, { done: 'sent', ...forms.carry(next) })
    },
    json: async (asked, fields) => {
      await resets.request(neededText(fields, 'email'), requestedBy(asked), forms.nextOf(asked, fields))
      return jsonAnswer({
        detail: 'If there is an account with this address, a link to choose a new password was mailed to it.',
      })
    },
  })

  async function choosePage(asked: Exchange, faults: Faults = {}): Promise<Answer> {
    const view = await resets.find(link.read(asked))
    if (view === null) {
      const says =
        'The link was used already, is older than an hour, or is not the whole of it. It also ends when you sign in, or when your password or address changes.'
      const links = [
        { href: path, text: 'Ask for a new link', id: 'ask-again' },
        { href: signInPath, text: 'Sign in', id: 'back-to-sign-in' },
      ]
      return deadLinkPage(forms, asked, { says, links, cleared: link.clear() })
    }
    const problems = problemsOf(faults)
    return forms.show(
      asked,
      async (hidden) =>
        newPasswordPage({
          site,
          action: confirmPath,
          hidden,
          username: view.username,
          minLength,
          asksToEnd: true,
          problems,
        }),
      { status: problems.length > 0 ? 400 : 200 },
    )
  }

  const confirm: Endpoints = forms.endpoint({
    GET: async (asked) => {
      const moved = link.moved(asked)
      if (moved !== null) return moved
      const done = queryOf(asked.url, 'done')
      if (done === null) return choosePage(asked)
      const says = [
        done === 'kept'
          ? 'Your new password holds from now on. What was signed in before still is.'
          : 'Your new password holds from now on. Every device and application has to sign in again.',
      ]
      const hint = queryOf(asked.url, 'login_hint') ?? ''
      const links = [{ href: signIn(forms.nextOf(asked), hint), text: 'Sign in', id: 'go-on' }]
      return forms.notice(asked, { title: 'The password is set', says, links })
    },
    form: async (asked, fields) => {
      const key = link.read(asked)
      const endSessions = textOf(fields, 'end_sessions') !== null
      try {
        const password = textOf(fields, 'new_password') ?? ''
        const { username, hasEnded, next } = await resets.complete(key, password, requestedBy(asked), { endSessions })
        const onward = forms.carry(forms.nextOf(asked, { next: next ?? '' }))
        const done = hasEnded ? 'set' : 'kept'
        return forms.lead(confirmPath, { done, login_hint: username, ...onward }, [link.clear()])
      } catch (error) {
        return choosePage(asked, faultsIn(error))
      }
    },
    json: async (asked, fields) => {
      // Clients of dj-rest-auth and djoser send `uid` too: the token says whose it is.
      const token = neededText(fields, 'token', 'key')
      await resets.complete(token, ...newPasswordFor(asked, fields))
      return jsonAnswer({ detail: 'The new password is set.' })
    },
  })

  return { request, confirm }
}

function newPasswordFor(asked: Exchange, fields: BodyFields) {
  const { password, field } = newPasswordIn(fields)
  return [password, requestedBy(asked), { field, endSessions: fields['end_sessions'] !== false }] as const
}
