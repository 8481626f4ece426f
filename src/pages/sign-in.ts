import { html } from 'hono/html'
import { field, hiddenField, type Problem, problemSummary, showPassword } from './components.ts'
import { check } from './controls.ts'
import { layout, type Site } from './layout.ts'
import { otherWays } from './notice.ts'
import { passkeyForm } from './passkey-form.ts'
import { type ProviderButton, providerButtons } from './provider-buttons.ts'

export interface SignInPage {
  readonly site?: Site
  /** Where the form goes. */
  readonly action: string
  readonly csrf: { readonly name: string; readonly token: string }
  /** Where to go afterwards: a path that was found safe (none). */
  readonly next?: string | null
  /** Other providers that people may sign in with (none). */
  readonly providers?: readonly ProviderButton[]
  /** Whether some addresses sign in there alone, and need no password here (false). */
  readonly hasDomains?: boolean
  /** What a browser is asked for a passkey, and where the answer goes (there are no passkeys). */
  readonly passkey?: { readonly action: string; readonly options: object; readonly renews: string } | null
  /** Whether the person is to prove again who they are, there as well (false). */
  readonly isFresh?: boolean
  /** Where a code is asked for that is mailed: the name that was typed goes along (nowhere). */
  readonly codePath?: string | null
  /** Other pages that somebody who cannot sign in may want: for a new password, an account (none). */
  readonly ways?: Parameters<typeof otherWays>[0]
  /** Whether the box to have the name remembered in this browser is ticked; `null`: there is none (none). */
  readonly isRemembered?: boolean | null
  /** Where to go for somebody else than `identifier` (nowhere). */
  readonly notYou?: string | null
  /** Whether a sign-in of this browser was there and is over (false). */
  readonly hasEnded?: boolean
  /** Whether a form waits that its sender gets back once they are signed in again (false). */
  readonly isFormKept?: boolean
  /** What was typed as username, to be kept when the page comes back (nothing). */
  readonly identifier?: string
  /** What went wrong: `missing_…` is left out, `mismatch` is all that is ever said about what was sent (nothing). */
  readonly problem?: SignInProblem | null
}

export type SignInProblem = 'missing_identifier' | 'missing_password' | 'missing_both' | 'mismatch'

/** The ids of the controls, as Django's forms have them. */
const identifierId = 'id_username'
const passwordId = 'id_password'

/** The page to sign in. It works without scripts, and says the same whether an account exists or not. */
export async function signInPage(page: SignInPage): Promise<string> {
  const { site, action, csrf, next = null, identifier = '', problem = null } = page
  const { providers = [], passkey = null, hasDomains = false, isFresh = false } = page
  const { codePath = null, ways = [], notYou = null, hasEnded = false, isFormKept = false, isRemembered = null } = page
  const { problems, identifierWrong, passwordWrong } = problem === null ? nothingWrong : wrong[problem]
  const fields: [string, string][] = [
    [csrf.name, csrf.token],
    ...(next === null ? [] : [['next', next] as [string, string]]),
    ...(isFresh ? [['fresh', '1'] as [string, string]] : []),
  ]
  const content = html`${problemSummary(problems)}
    ${
      hasEnded
        ? html`<p class="note" id="ended" role="status">
            You were signed out: you had not been here for a while, or it was ended on another device, or the password
            is another one now. Sign in to go on where you were.
          </p>`
        : ''
    }
    ${
      isFormKept
        ? html`<p class="note" id="form-kept">
            What you had typed is kept for ten minutes. Sign in with the same account, and you can send it then.
          </p>`
        : ''
    }
    <form method="post" action="${action}" id="sign-in">
      ${hiddenField(csrf.name, csrf.token)} ${next === null ? '' : hiddenField('next', next)}
      ${field({
        id: identifierId,
        name: 'username',
        label: 'Username or e-mail address',
        type: 'text',
        autocomplete: passkey === null ? 'username' : 'username webauthn',
        value: identifier,
        autofocus: identifier === '',
        wrong: identifierWrong,
        below:
          notYou === null || identifier === ''
            ? ''
            : html`<p class="hint"><a href="${notYou}" id="not-you">Not you?</a></p>`,
      })}
      ${field({
        id: passwordId,
        name: 'password',
        label: 'Password',
        type: 'password',
        autocomplete: 'current-password',
        autofocus: identifier !== '',
        wrong: passwordWrong,
        isOptional: hasDomains,
        below: showPassword(passwordId),
      })}
      <p class="quiet">
        ${hasDomains ? 'If your organisation signs you in, your address is enough.' : 'Both are required.'}
      </p>
      ${
        isRemembered === null
          ? ''
          : check({
              id: 'remember-account',
              name: 'remember',
              label: 'Remember my name in this browser',
              hint: 'It is offered here the next time; the password is asked for as always. Not on a device that others use.',
              isChecked: isRemembered,
              value: '1',
            })
      }
      <button class="button" type="submit" id="sign-in-submit">Sign in</button>
      ${
        codePath === null
          ? ''
          : html`<button class="button second" type="submit" id="by-code" formaction="${codePath}" formnovalidate>
              Mail me a code instead
            </button>`
      }
    </form>
    ${passkey === null && providers.length === 0 ? '' : html`<div class="or"><span>or</span></div>`}
    ${
      passkey === null
        ? ''
        : html`${passkeyForm({
            id: 'passkey-sign-in',
            proof: html`${hiddenField(csrf.name, csrf.token)} ${next === null ? '' : hiddenField('next', next)}`,
            does: 'get',
            ...passkey,
            button: 'Sign in with a passkey',
            otherwise: 'Sign in with your password.',
            isAutofilled: true,
            isFirst: false,
          })}`
    }
    ${providerButtons({ buttons: providers, fields })} ${otherWays(ways)}`
  return layout({ title: 'Sign in', site, content, hasProblems: problems.length > 0 })
}

interface Wrong {
  readonly problems: readonly Problem[]
  readonly identifierWrong?: string | true
  readonly passwordWrong?: string | true
}

const noIdentifier = 'Enter your username or e-mail address.'
const noPassword = 'Enter your password.'
const nothingWrong: Wrong = { problems: [] }

const wrong: Readonly<Record<SignInProblem, Wrong>> = {
  missing_identifier: { problems: [{ message: noIdentifier, field: identifierId }], identifierWrong: noIdentifier },
  missing_password: { problems: [{ message: noPassword, field: passwordId }], passwordWrong: noPassword },
  missing_both: {
    problems: [
      { message: noIdentifier, field: identifierId },
      { message: noPassword, field: passwordId },
    ],
    identifierWrong: noIdentifier,
    passwordWrong: noPassword,
  },
  mismatch: {
    problems: [
      { message: 'No active account has this name and password. Check both and try again.', field: identifierId },
    ],
    identifierWrong: true,
    passwordWrong: true,
  },
}
