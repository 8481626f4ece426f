import { html } from 'hono/html'
import { layout, type Site } from './layout.ts'

export interface SignedOutPage {
  readonly site?: Site
  /** Where to sign in again. */
  readonly signIn: string
}

/** Says that nobody is signed in here. */
export async function signedOutPage({ site, signIn }: SignedOutPage): Promise<string> {
  const content = html`<p role="status">
      You are signed out on this device. Applications that you signed in to from here may keep their own sessions for a
      while.
    </p>
    <a class="button" href="${signIn}" id="sign-in-again">Sign in again</a>`
  return layout({ title: 'Signed out', site, content })
}
