import { html } from 'hono/html'
import { layout, type Site } from './layout.ts'

export interface OnwardPage {
  readonly site?: Site
  /** Where it goes on: the name of a site, or of an application. */
  readonly to: string
  readonly href: string
}

/**
 * Stands between a form of ours and another site. The answer that carries it says `Refresh`, so browsers go on at once and by
 * themselves; a redirect would be held to `form-action`, and so would every one that the other site adds.
 */
export async function onwardPage({ site, to, href }: OnwardPage): Promise<string> {
  const content = html`<p>You are on the way to <bdi>${to}</bdi>.</p>
    <a class="button" href="${href}" id="go-on">Continue</a>`
  return layout({ title: 'One moment', site, content })
}
