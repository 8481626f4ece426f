import { html } from 'hono/html'
import { layout, type Markup, type Site } from './layout.ts'

export interface NoticePage {
  readonly site?: Site | undefined
  readonly title: string
  /** What happened, paragraph by paragraph. */
  readonly says: readonly (string | Markup)[]
  /** Ways on, the likeliest first: it is the button (none). */
  readonly links?: readonly { readonly href: string; readonly text: string; readonly id: string }[]
}

/** Says what happened, and where to go on. */
export async function noticePage({ site, title, says, links = [] }: NoticePage): Promise<string> {
  const [first, ...others] = links
  const content = html`<div role="status" id="notice">${says.map((one) => html`<p>${one}</p>`)}</div>
    ${first === undefined ? '' : html`<a class="button" href="${first.href}" id="${first.id}">${first.text}</a>`}
    ${otherWays(others)}`
  return layout({ title, site, content })
}

/** Links to other ways on, below a form or a button. Nothing where there are none. */
export function otherWays(
  links: readonly { readonly href: string; readonly text: string; readonly id: string }[],
): Markup | '' {
  if (links.length === 0) return ''
  return html`<ul class="ways">
    ${links.map(({ href, text, id }) => html`<li><a href="${href}" id="${id}">${text}</a></li>`)}
  </ul>`
}
