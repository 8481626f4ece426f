import { html } from 'hono/html'
import type { Markup } from '../pages/layout.ts'
import { table } from '../pages/table.ts'
import { operationId } from './open-api.ts'
import type { Described } from './operation.ts'

/** The list of all that can be asked, below headings. */
export function apiIndexPage(all: readonly Described[]): Markup {
  const byTag = Map.groupBy(all, ({ tag }) => tag)
  return html`<p>
      Everything that this server can be asked, with who may. Each has a page that shows what it takes and answers, and
      lets you try it. Programs read the same as <a href="/api/openapi.json" id="openapi">an OpenAPI 3.1 document</a>.
    </p>
    ${[...byTag].map(
      ([tag, operations]) =>
        html`<h2 id="${anchorOf(tag)}">${tag}</h2>
          ${table({
            id: `${anchorOf(tag)}-table`,
            caption: tag,
            columns: [{ heading: 'What' }, { heading: 'Request' }, { heading: 'Who may' }],
            rows: operations.map((one) => [
              html`<a href="${pathOfPage(one)}">${one.summary}</a>`,
              requestText(one),
              html`<code>${one.policy}</code>`,
            ]),
          })}`,
    )}`
}

/** The method and the path. */
export function requestText({ method, path }: Described): Markup {
  return html`<code class="request">${method} ${path}</code>`
}

/** Where the page of an operation is. */
function pathOfPage(one: Described): string {
  return `/api/operations/${operationId(one)}/`
}

/** Where a heading is on the list. */
export function anchorOf(tag: string): string {
  return `tag-${tag.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`
}
