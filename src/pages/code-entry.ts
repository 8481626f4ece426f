import { html } from 'hono/html'
import { field, hiddenField, moment } from './components.ts'
import type { Site } from './layout.ts'
import { otherWays } from './notice.ts'
import { plainFormPage } from './plain-form.ts'

export interface CodeEntryPage {
  readonly site?: Site | undefined
  /** Where the code goes, and where another is asked for. */
  readonly action: string
  readonly again: string
  readonly hidden: readonly (readonly [name: string, value: string])[]
  /** Where the code was mailed to. */
  readonly email: string
  /** How long it still works, in words. */
  readonly timeLeft: string
  /** The same as a moment, in milliseconds since 1970. */
  readonly until: number
  /** Other ways on: another address, another way to sign in. */
  readonly otherAddress: string
  readonly signIn: string
  /** What is wrong with what was typed (nothing). */
  readonly problem?: string | null
}

/** Takes the code of a mail. Another one is a button, not a reproach. */
export async function codeEntryPage(page: CodeEntryPage): Promise<string> {
  const { site, action, again, hidden, email, timeLeft, until, otherAddress, signIn, problem = null } = page
  return plainFormPage({
    site,
    title: 'Type in the code',
    intro: html`<p id="notice" role="status">
      If there is an account with <strong id="account"><bdi>${email}</bdi></strong
      >, a code was mailed there. It works for ${timeLeft}, until ${moment(until)}, in this browser alone. The mail may
      be read anywhere.
      <a href="${otherAddress}" id="not-you">Not you?</a>
    </p>`,
    action,
    id: 'code',
    hidden,
    content: field({
      id: 'id_code',
      name: 'code',
      label: 'Code',
      type: 'text',
      autocomplete: 'one-time-code',
      isCode: true,
      maxLength: 20,
      autofocus: true,
      hint: 'Eight digits, with or without the blank.',
      wrong: problem ?? undefined,
    }),
    button: 'Sign in',
    below: html`<form method="post" action="${again}" id="again" class="below">
        ${hidden.map(([name, value]) => hiddenField(name, value))} ${hiddenField('email', email)}
        <p class="hint" id="again_hint">
          A mail may take some minutes, and may lie among unwanted mail. With another code, the one before works no
          more.
        </p>
        <button class="button second" type="submit" id="again-submit" aria-describedby="again_hint">
          Mail me another code
        </button>
      </form>
      ${otherWays([{ href: signIn, text: 'Sign in another way', id: 'back-to-sign-in' }])}`,
    problems: problem === null ? [] : [{ message: problem, field: 'id_code' }],
  })
}
