import { html } from 'hono/html'
import type { Markup } from '../pages/layout.ts'
import { table } from '../pages/table.ts'
import { operationId } from './open-api.ts'
import type { Described } from './operation.ts'
import { whoInShort } from './who-in-short.ts'

/** The list of all that can be asked, below headings. */
export function apiIndexPage(all: readonly Described[]): Markup {
  const byTag = Map.groupBy(all, ({ tag }) => tag)
  return html`<p>
      Everything that this server can be asked, with who may. Each has a page that says more, shows what it takes and
      answers, and lets you try it. Programs read the same as
      <a href="/api/openapi.json" id="openapi">an OpenAPI 3.1 document</a>.
    </p>
    ${[...byTag].map(
      ([tag, operations], index) =>
        html`<details class="subject" ${index === 0 ? html` open` : ''}>
          <summary>
            <h2>${tag}</h2>
            <span class="quiet">${operations.length}</span>
          </summary>
          <div id="${anchorOf(tag)}">
            ${table({
              id: `${anchorOf(tag)}-table`,
              caption: tag,
              columns: [{ heading: 'What' }, { heading: 'Request' }, { heading: 'Who may' }],
              rows: operations.map((one) => [
                html`<a href="${pathOfPage(one)}">${one.summary}</a>`,
                requestText(one),
                one.rules.length === 0 ? one.policy : whoInShort(one.rules),
              ]),
            })}
          </div>
        </details>`,
    )}`
}

/** The method and the path. */
export function requestText({ method, path }: Described): Markup {
  return html`<code class="long">${method} ${path}</code>`
}

/** Where the page of an operation is. */
function pathOfPage(one: Described): string {
  return `/api/operations/${operationId(one)}/`
}

/** Where a subject is on the list: what is folded opens for a link to what is in it. */
export function anchorOf(tag: string): string {
  return `tag-${tag.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`
}
