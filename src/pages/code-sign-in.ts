import { html } from 'hono/html'
import type { Problem } from './components.ts'
import type { Site } from './layout.ts'
import { emailField } from './new-password.ts'
import { noticePage, otherWays } from './notice.ts'
import { plainFormPage } from './plain-form.ts'

export interface AskCodePage {
  readonly site?: Site | undefined
  readonly action: string
  readonly hidden: readonly (readonly [name: string, value: string])[]
  readonly email: string
  /** Where one signs in another way. */
  readonly signIn: string
  readonly problems: readonly Problem[]
}

/** Asks for the address that a code is mailed to. */
export async function askCodePage({ email, signIn, problems, ...page }: AskCodePage): Promise<string> {
  return plainFormPage({
    ...page,
    title: 'Sign in by e-mail',
    intro: html`<p>A code is mailed to the address of your account. Type it in here, in this browser.</p>`,
    id: 'ask-code',
    content: emailField(email, problems),
    button: 'Mail me a code',
    below: anotherWay(signIn),
    problems,
  })
}

export interface CodeLinkPage {
  readonly site?: Site | undefined
  readonly action: string
  readonly hidden: readonly (readonly [name: string, value: string])[]
  readonly email: string
  /** Where one signs in another way. */
  readonly signIn: string
}

/** Stands behind the link of the mail, in the browser that asked for it: signing in takes a click. */
export async function codeLinkPage({ email, signIn, ...page }: CodeLinkPage): Promise<string> {
  return plainFormPage({
    ...page,
    title: 'Sign in',
    intro: html`<p>
      You asked to sign in as <strong id="account"><bdi>${email}</bdi></strong
      >.
    </p>`,
    id: 'sign-in-by-link',
    button: 'Sign in',
    below: anotherWay(signIn),
  })
}

export interface CodeElsewherePage {
  readonly site?: Site | undefined
  /** As it is in the link. */
  readonly code: string
  readonly signIn: string
}

/** The code of a link, shown where it was opened by mistake: it is typed in elsewhere. */
export async function codeElsewherePage({ site, code, signIn }: CodeElsewherePage): Promise<string> {
  const shown = code.replace(/^(\d{4})(\d{4})$/, '$1 $2')
  return noticePage({
    site,
    title: 'Type the code where you asked',
    says: [
      'The link works in the browser that asked for it, and this is another one.',
      html`Go back to that browser and type in <strong class="whole" id="shown-code">${shown}</strong>.`,
      'If you have not asked for it, close this page, and tell nobody the code.',
    ],
    links: [{ href: signIn, text: 'Sign in here', id: 'back-to-sign-in' }],
  })
}

function anotherWay(signIn: string) {
  return otherWays([{ href: signIn, text: 'Sign in another way', id: 'back-to-sign-in' }])
}
