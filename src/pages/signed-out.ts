import { html } from 'hono/html'
import { layout, type Markup, type Site } from './layout.ts'
import { shownName } from './shown-name.ts'

export interface SignedOutPage {
  readonly site?: Site
  /** Where to sign in again. */
  readonly signIn: string
  /** Pages of applications that sign the person out there when they are loaded (none). */
  readonly frames?: readonly string[]
  /** The applications that the person signed in to from here, and which of them hear that it is over (not known). */
  readonly apps?: readonly SignedOutApp[] | null
  /** Where to go from here: back to an application, and whether browsers with scripts go there by themselves (nowhere). */
  readonly onward?: SignedOutOnward | null
}

export interface SignedOutApp {
  readonly name: string
  readonly isTold: boolean
}

export interface SignedOutOnward {
  readonly href: string
  readonly application: string | null
  /** Another site that the person has to sign out at too, which is where it leads (none). */
  readonly alsoAt?: string
  readonly isFollowed: boolean
}

/** Says that nobody is signed in here. */
export async function signedOutPage(page: SignedOutPage): Promise<string> {
  const { site, signIn, frames = [], apps = null, onward = null } = page
  const content = html`<p role="status">
      You are signed out on this device.
      ${apps === null ? 'Applications that you signed in to from here may keep their own sessions for a while.' : ''}
    </p>
    ${appList('told', 'These applications were told, and sign you out too:', apps, true)}
    ${appList('not-told', 'These are not told, and may keep you signed in: sign out there too.', apps, false)}
    <div class="actions">
      ${
        onward === null
          ? ''
          : html`<a class="button" href="${onward.href}" id="go-on" ${onward.isFollowed ? html` data-continues` : ''}
              >${labelOf(onward)}</a
            >`
      }
      <a class="${onward === null ? 'button' : 'button second'}" href="${signIn}" id="sign-in-again">Sign in again</a>
    </div>
    ${frames.map((src) => html`<iframe src="${src}" title="Signing you out of an application" hidden></iframe>`)}`
  return layout({ title: 'Signed out', site, content })
}

function appList(id: string, sentence: string, apps: readonly SignedOutApp[] | null, isTold: boolean): Markup | '' {
  const some = (apps ?? []).filter((one) => one.isTold === isTold)
  if (some.length === 0) return ''
  return html`<p id="${id}-heading">${sentence}</p>
    <ul class="points" id="${id}" aria-labelledby="${id}-heading">
      ${some.map(({ name }) => html`<li><bdi>${shownName(name)}</bdi></li>`)}
    </ul>`
}

function labelOf({ application, alsoAt }: SignedOutOnward): Markup | string {
  if (alsoAt !== undefined) return `Sign out at ${alsoAt} too`
  return application === null ? 'Continue' : html`Back to <bdi>${shownName(application)}</bdi>`
}
