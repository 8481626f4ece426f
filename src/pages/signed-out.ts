import { html } from 'hono/html'
import { layout, type Site } from './layout.ts'
import { shownName } from './shown-name.ts'

export interface SignedOutPage {
  readonly site?: Site
  /** Where to sign in again. */
  readonly signIn: string
  /** Pages of applications that sign the person out there when they are loaded (none). */
  readonly frames?: readonly string[]
  /** Where to go from here: back to an application, and whether browsers with scripts go there by themselves (nowhere). */
  readonly onward?: { readonly href: string; readonly application: string | null; readonly isFollowed: boolean } | null
}

/** Says that nobody is signed in here. */
export async function signedOutPage({ site, signIn, frames = [], onward = null }: SignedOutPage): Promise<string> {
  const content = html`<p role="status">
      You are signed out on this device. Applications that you signed in to from here may keep their own sessions for a
      while.
    </p>
    <div class="actions">
      ${
        onward === null
          ? ''
          : html`<a class="button" href="${onward.href}" id="go-on" ${onward.isFollowed ? html` data-continues` : ''}
              >${onward.application === null ? 'Continue' : html`Back to <bdi>${shownName(onward.application)}</bdi>`}</a
            >`
      }
      <a class="${onward === null ? 'button' : 'button second'}" href="${signIn}" id="sign-in-again">Sign in again</a>
    </div>
    ${frames.map((src) => html`<iframe src="${src}" title="Signing you out of an application" hidden></iframe>`)}`
  return layout({ title: 'Signed out', site, content })
}
