import { html } from 'hono/html'
import { AuthError } from '../core/errors.ts'
import type { FactorChanges } from '../factors/factor-changes.ts'
import type { RecoveryCodes } from '../factors/recovery-codes.ts'
import type { SecondFactors } from '../factors/second-factors.ts'
import { emptyState, facts } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { recoveryCodes } from '../pages/recovery-codes.ts'
import type { Screen, View, Visit } from '../screens/screen.ts'

export interface RecoveryScreens {
  readonly codes: Pick<RecoveryCodes, 'count'>
  readonly changes: Pick<FactorChanges, 'makeCodes'>
  readonly factors: Pick<SecondFactors, 'waysOf'>
  readonly siteName: string
}

/** What is left for whoever has lost their factors: how many codes, and new ones. */
export function recovery({ codes, changes, factors, siteName }: RecoveryScreens): Screen {
  async function page(visit: Visit, problem?: string): Promise<View> {
    const { left, made } = await codes.count(visit.user.id)
    const hasFactor = (await factors.waysOf(visit.user.id)).length > 0
    return {
      title: 'Recovery',
      problems: problem === undefined ? [] : [{ message: problem, field: 'make' }],
      content: hasFactor
        ? html`<p>
              A recovery code lets you in when you have lost your app or passkey. Each works once, after your password.
            </p>
            ${left <= 3 ? html`<p class="note" id="few-left">${left === 0 ? 'You have none left.' : `Only ${left} left.`} Make new ones, and store them.</p>` : ''}
            ${facts([
              ['Codes left', `${left} of ${made}`],
              ['Recovery e-mail', recoveryEmail(visit)],
            ])}
            ${postForm({
              to: visit.path,
              proof: visit.onceForm,
              action: 'make',
              button: 'Make new codes',
              kind: left <= 3 ? 'first' : 'second',
              content: html`<p>The old ones stop working at once.</p>`,
            })}`
        : emptyState({
            what: 'Recovery codes stand in for a second factor that is lost. You get them with your first one.',
            button: { href: visit.path.replace(/recovery\/$/, 'authenticator/'), text: 'Add an authenticator app' },
          }),
    }
  }

  return {
    path: 'recovery/',
    menu: { text: 'Recovery', group: 'Signing in' },
    show: async (visit) => page(visit),
    actions: {
      make: {
        isSensitive: true,
        isOnce: true,
        run: async (visit) => {
          try {
            const made = await changes.makeCodes(visit.user, visit.by)
            return shownCodes({ visit, siteName, codes: made, title: 'Your new recovery codes', back: visit.path })
          } catch (error) {
            if (!(error instanceof AuthError) || error.code !== 'conflict') throw error
            return page(visit, error.message)
          }
        },
      },
    },
  }
}

/** Where a link to a new password goes, for whoever has lost theirs as well. */
function recoveryEmail({ user: { email } }: Visit): Markup {
  const profile = '/account/profile/'
  return typeof email === 'string'
    ? html`<bdi>${email}</bdi> <a href="${profile}" id="recovery-email">Change it</a>`
    : html`none: with a lost password, nobody could mail you a link.
        <a href="${profile}" id="recovery-email">Add one</a>`
}

export interface ShownCodes {
  readonly visit: Visit
  readonly siteName: string
  readonly codes: readonly string[]
  readonly title: string
  readonly back: string
}

/** The page that shows codes, this one time. */
export function shownCodes({ visit, siteName, codes, title, back }: ShownCodes): View {
  return {
    title,
    content: html`<div class="panel">
      ${recoveryCodes({ codes, siteName, name: visit.user.name, onward: { href: back, text: 'Continue' } })}
    </div>`,
  }
}
