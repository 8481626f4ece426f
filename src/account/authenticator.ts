import { html } from 'hono/html'
import type { Sessions } from '../accounts/sessions.ts'
import { AuthError } from '../core/errors.ts'
import type { AuthenticatorApps } from '../factors/authenticator-apps.ts'
import type { FactorChanges } from '../factors/factor-changes.ts'
import type { SecondFactors } from '../factors/second-factors.ts'
import type { TrustedBrowsers } from '../factors/trusted-browsers.ts'
import { authenticatorCode, authenticatorSecret } from '../pages/authenticator-setup.ts'
import { moment } from '../pages/components.ts'
import { check } from '../pages/controls.ts'
import { facts, momentOr } from '../pages/facts.ts'
import { confirmation, postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { leave, type Posted, type Screen, type View, type Visit } from '../screens/screen.ts'
import { shownCodes } from './recovery.ts'

export interface AuthenticatorScreens {
  readonly apps: Pick<AuthenticatorApps, 'find' | 'begin' | 'isBegun'>
  readonly changes: Pick<FactorChanges, 'mayAdd' | 'addApp' | 'removeApp'>
  readonly factors: Pick<SecondFactors, 'isRequired'>
  readonly trusted: Pick<TrustedBrowsers, 'list' | 'forget'> | null
  readonly sessions: Pick<Sessions, 'endOthers'>
  readonly siteName: string
}

/** The authenticator app: none, one that is being added, or one that is there. */
export function authenticator(options: AuthenticatorScreens): Screen {
  const { apps, changes, trusted, sessions, siteName } = options

  async function page(visit: Visit, problem?: string, field = 'id_code'): Promise<View> {
    const [app, isBegun] = [await apps.find(visit.user.id), await apps.isBegun(visit.user.id)]
    const { form: proof, path: to } = visit
    const begins = { to, proof, action: 'begin' }
    return {
      title: 'Authenticator app',
      problems: problem === undefined ? [] : [{ message: problem, field }],
      content: html`${
        app === null
          ? html`<p>
              An app on your phone that shows a new code every half minute. With it, nobody signs in with your password
              alone.
            </p>`
          : facts([
              ['Added', moment(app.createdAt)],
              ['Last used', momentOr(app.lastUsedAt)],
            ])
      }
      ${isBegun ? codeForm(visit, field === 'id_code' ? problem : undefined) : ''}
      ${
        app === null
          ? postForm({ ...begins, button: isBegun ? 'Begin again' : 'Add an app', kind: isBegun ? 'second' : 'first' })
          : html`<div class="buttons">
              ${postForm({ ...begins, fields: { replaces: 'yes' }, button: 'Use another app', kind: 'second', isInline: true })}
              <a class="button small danger" id="remove" href="${to}remove/">Remove</a>
            </div>`
      }
      ${await trustedBrowsers(visit)}`,
    }
  }

  async function trustedBrowsers(visit: Visit): Promise<Markup | ''> {
    const count = (await trusted?.list(visit.user.id))?.length ?? 0
    if (count === 0) return ''
    return html`<section class="section" aria-labelledby="trusted-heading">
      <h2 id="trusted-heading">Browsers that do not ask</h2>
      <p>
        In ${count} ${count === 1 ? 'browser' : 'browsers'} you are not asked for the second factor when you sign in:
        see <a href="/account/devices/">Devices</a>.
      </p>
      ${postForm({ to: visit.path, proof: visit.form, action: 'forget', button: 'Ask everywhere again', kind: 'second' })}
    </section>`
  }

  async function confirm(visit: Posted): Promise<View | ReturnType<typeof leave>> {
    try {
      const { recoveryCodes } = await changes.addApp(visit.user, visit.text('code'), visit.by)
      const ended = await endOthers(sessions, visit)
      if (recoveryCodes === null) return leave(visit.path, `The app is added.${ended}`)
      return shownCodes({ visit, siteName, codes: recoveryCodes, title: 'The app is added', back: visit.path })
    } catch (error) {
      if (!(error instanceof AuthError) || (error.code !== 'invalid' && error.code !== 'conflict')) throw error
      return page(visit, error.message)
    }
  }

  return {
    path: 'authenticator/',
    menu: { text: 'Authenticator app', group: 'Signing in' },
    show: async (visit) => page(visit),
    actions: {
      begin: {
        isSensitive: true,
        run: async (visit) => {
          try {
            await changes.mayAdd(visit.user.id)
          } catch (error) {
            if (!(error instanceof AuthError) || error.code !== 'conflict') throw error
            return page(visit, error.message, 'begin')
          }
          const begun = await apps.begin(visit.user, { replaces: visit.text('replaces') === 'yes' })
          return {
            title: 'Add your app',
            crumbs: [{ href: visit.path, text: 'Authenticator app' }],
            content: html`<div class="panel">${authenticatorSecret(begun)}</div>
              ${codeForm(visit)}`,
          }
        },
      },
      confirm: { isSensitive: true, run: confirm },
      forget: {
        run: async (visit) => {
          const count = (await trusted?.forget(visit.user.id, visit.by)) ?? 0
          return leave(visit.path, count === 0 ? 'You are asked everywhere.' : 'You are asked everywhere again.')
        },
      },
    },
  }
}

/** Asks before the app is taken away. */
export function removeAuthenticator({ apps, changes, factors, sessions }: AuthenticatorScreens): Screen {
  const up = (path: string): string => path.replace(/remove\/$/, '')
  async function page(visit: Visit, problem?: string): Promise<View> {
    return {
      title: 'Remove the authenticator app?',
      crumbs: [{ href: up(visit.path), text: 'Authenticator app' }],
      problems: problem === undefined ? [] : [{ message: problem, field: 'remove-app' }],
      content: confirmation({
        to: visit.path,
        proof: visit.form,
        action: 'remove-app',
        button: 'Remove it',
        what: factors.isRequired(visit.user)
          ? 'Your account has to have a second factor: if this is the only one, add another one first.'
          : 'Without another second factor, your password alone signs you in, and your recovery codes are gone.',
        stops: ['the codes of this app', 'browsers that do not ask'],
        cancel: up(visit.path),
      }),
    }
  }
  return {
    path: 'authenticator/remove/',
    isSensitive: true,
    show: async (visit) => ((await apps.find(visit.user.id)) === null ? toUp(visit, up) : page(visit)),
    actions: {
      'remove-app': {
        isSensitive: true,
        run: async (visit) => {
          try {
            await changes.removeApp(visit.user, visit.by)
            await sessions.endOthers(visit.user.id, visit.signed.auth.id, visit.by)
            return leave(up(visit.path), 'The app is removed, and other devices are signed out.')
          } catch (error) {
            if (!(error instanceof AuthError) || error.code !== 'conflict') throw error
            return page(visit, error.message)
          }
        },
      },
    },
  }
}

function toUp(visit: Visit, up: (path: string) => string) {
  return { status: 303, headers: [['location', up(visit.path)]] as const, body: '' }
}

function codeForm(visit: Visit, wrong?: string): Markup {
  return postForm({
    to: visit.path,
    proof: visit.form,
    action: 'confirm',
    button: 'Add it',
    content: html`${authenticatorCode(wrong)} ${othersCheck}`,
  })
}

/** Whoever is signed in elsewhere was let in by less: by default they sign in anew. */
export const othersCheck: Markup = check({
  id: 'end_others',
  name: 'end_others',
  label: 'Sign out my other devices',
  hint: 'Recommended: they were let in without this factor.',
  isChecked: true,
})

/** Ends the other sessions where that is wished for. What to add to the message. */
export async function endOthers(sessions: Pick<Sessions, 'endOthers'>, visit: Posted): Promise<string> {
  if (visit.text('end_others') !== 'on') return ''
  const count = await sessions.endOthers(visit.user.id, visit.signed.auth.id, visit.by)
  return count === 0 ? '' : ` ${count} other ${count === 1 ? 'device is' : 'devices are'} signed out.`
}
