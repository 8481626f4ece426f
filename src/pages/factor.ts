import { html } from 'hono/html'
import { check } from './controls.ts'
import { field, hiddenField, type Problem, problemSummary, showPassword } from './components.ts'
import { layout, type Markup, type Site } from './layout.ts'
import { passkeyForm } from './passkey-form.ts'
import { timeLeft } from './time-left.ts'

/** What somebody is asked to show: a second factor, or, to prove again who they are, their password too. */
export type FactorAsked = 'passkey' | 'totp' | 'recovery_code' | 'password'

export interface FactorPage {
  readonly site?: Site
  readonly title: string
  readonly way: FactorAsked
  /** Whose it has to be. */
  readonly name: string
  /** Where the form goes. */
  readonly action: string
  readonly csrf: { readonly name: string; readonly token: string }
  /** Unseen fields that go along (none). */
  readonly fields?: Readonly<Record<string, string>>
  /** The page with the other ways. */
  readonly another: string
  /** What a browser is asked for a passkey, and where it is had anew. Only for that way. */
  readonly passkey?: { readonly options: object; readonly renews: string }
  /** Until when there is time, in milliseconds since 1970 (there is no end). */
  readonly until?: number
  /** Now, in the same: needed where there is an end. */
  readonly now?: number
  /** For how many days this browser may be trusted afterwards (it may not). */
  readonly trustDays?: number
  /** What was wrong (nothing). */
  readonly problem?: string | null
}

/** One page for one factor, and always a link to the others. */
export async function factorPage(page: FactorPage): Promise<string> {
  const { site, title, way, name, action, csrf, fields = {}, another, until, now, trustDays, problem = null } = page
  const proof = html`${hiddenField(csrf.name, csrf.token)}
  ${Object.entries(fields).map(([field_, value]) => hiddenField(field_, value))}`
  const problems: readonly Problem[] = problem === null ? [] : [{ message: problem, field: controlOf[way] }]
  const trust =
    trustDays === undefined
      ? ''
      : check({
          id: 'trust',
          name: 'trust',
          label: `Do not ask for a code in this browser for ${trustDays} ${trustDays === 1 ? 'day' : 'days'}`,
          hint: 'Only on a device that is yours alone. Your password is still asked for.',
        })
  const content = html`${problemSummary(problems)}
    <p>
      ${sentences[way]} You are <strong><bdi>${name}</bdi></strong
      >.
    </p>
    ${
      way === 'passkey'
        ? passkeyForm({
            id: 'use-passkey',
            action,
            proof,
            does: 'get',
            options: page.passkey?.options ?? {},
            renews: page.passkey?.renews ?? '',
            button: 'Use a passkey',
            otherwise: 'Try another way.',
            content: trust,
          })
        : html`<form method="post" action="${action}" id="factor">
            ${proof} ${controls[way](problem)} ${trust}
            <button class="button" type="submit" id="factor-submit">Continue</button>
          </form>`
    }
    <p class="after"><a href="${another}" id="another-way">Try another way</a></p>
    ${until === undefined || now === undefined ? '' : timeLeft({ until, now })}`
  return layout({ title, site, content, hasProblems: problems.length > 0 })
}

export interface OtherWaysPage {
  readonly site?: Site
  /** The ways there are, with the page of each. */
  readonly ways: readonly { readonly way: FactorAsked; readonly href: string }[]
  /** Where to begin anew. */
  readonly again: string
  readonly againText: string
  /** Where a second factor is added, for whoever needs one and has none (nowhere). */
  readonly add?: string
}

/** The other ways, and what to do when none is left. */
export async function otherWaysPage({ site, ways, again, againText, add }: OtherWaysPage): Promise<string> {
  const content = html`${
      add === undefined
        ? ''
        : html`<p class="note" id="none">
            This needs a second factor, and you have none yet. <a href="${add}">Add one</a>, then come back.
          </p>`
    }
    ${ways.length === 0 ? '' : html`<p>Choose how you prove that it is you.</p>`}
    <ul class="factor-ways" id="ways">
      ${ways.map(({ way, href }) => html`<li><a href="${href}" id="way-${way}">${choices[way]}</a></li>`)}
    </ul>
    <h2>None of these?</h2>
    <p>
      Ask whoever runs this site. Once they are sure that it is you, they can take your second factors away, so that you
      can add new ones.
    </p>
    <p class="after"><a href="${again}" id="again">${againText}</a></p>`
  return layout({ title: 'Try another way', site, content })
}

const codeId = 'id_code'
const passwordId = 'id_password'

const controlOf: Readonly<Record<FactorAsked, string>> = {
  passkey: 'use-passkey-submit',
  totp: codeId,
  recovery_code: codeId,
  password: passwordId,
}

const sentences: Readonly<Record<FactorAsked, string>> = {
  passkey: 'Use a passkey: your fingerprint, face, screen lock or security key.',
  totp: 'Open your authenticator app and type the code that it shows.',
  recovery_code: 'Type one of the recovery codes that you have stored. Each works once.',
  password: 'Type your password.',
}

const choices: Readonly<Record<FactorAsked, string>> = {
  passkey: 'A passkey',
  totp: 'A code from your authenticator app',
  recovery_code: 'A recovery code',
  password: 'Your password',
}

const controls: Readonly<Record<Exclude<FactorAsked, 'passkey'>, (problem: string | null) => Markup>> = {
  totp: (problem) =>
    field({
      id: codeId,
      name: 'code',
      label: 'Code',
      type: 'text',
      inputMode: 'numeric',
      autocomplete: 'one-time-code',
      maxLength: 20,
      isCode: true,
      autofocus: true,
      wrong: problem === null ? undefined : true,
      hint: 'Six digits. A new one comes every half minute.',
    }),
  recovery_code: (problem) =>
    field({
      id: codeId,
      name: 'code',
      label: 'Recovery code',
      type: 'text',
      autocomplete: 'off',
      maxLength: 100,
      autofocus: true,
      wrong: problem === null ? undefined : true,
      hint: 'Such as 7k2mp-9xw4t.',
    }),
  password: (problem) =>
    field({
      id: passwordId,
      name: 'password',
      label: 'Password',
      type: 'password',
      autocomplete: 'current-password',
      autofocus: true,
      wrong: problem === null ? undefined : true,
      below: showPassword(passwordId),
    }),
}
