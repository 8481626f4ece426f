import { html } from 'hono/html'
import { moment } from './components.ts'
import type { Markup } from './layout.ts'
import type { Cell } from './table.ts'

/** What is known of a thing: names with their values. */
export function facts(rows: readonly (readonly [name: string, value: Cell | null | undefined])[]): Markup {
  return html`<dl class="facts">
    ${rows.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>
            ${value === null || value === undefined || value === '' ? html`<span class="quiet">none</span>` : value}
          </dd>
        </div>`,
    )}
  </dl>`
}

/** A moment, or a word where there is none. */
export function momentOr(time: number | null, none = 'never'): Markup {
  return time === null ? html`<span class="quiet">${none}</span>` : moment(time)
}

/** A word that says how a thing stands: never by colour alone. */
export function badge(text: string, kind: 'good' | 'bad' | 'note' | 'plain' = 'plain'): Markup {
  return html`<span class="badge ${kind}">${text}</span>`
}

/** A list that has nothing in it yet: what it is for, and how to begin. */
export function emptyState({
  what,
  button,
  docs,
}: {
  /** One sentence on what these things are for. */
  readonly what: string
  readonly button?: { readonly href: string; readonly text: string }
  readonly docs?: { readonly href: string; readonly text: string }
}): Markup {
  return html`<p>${what}</p>
    ${button === undefined ? '' : html`<p><a class="button small" href="${button.href}" id="empty-button">${button.text}</a></p>`}
    ${docs === undefined ? '' : html`<p class="quiet"><a href="${docs.href}">${docs.text}</a></p>`}`
}

/** Something that happened to a thing. */
export interface HistoryEntry {
  readonly at: number
  /** As in the audit log: `client.updated`. */
  readonly event: string
  /** Who did it, as a name or as the log has it. */
  readonly actor: string
  readonly address: string | null
  /** What changed, in words; secrets are blotted out before (nothing). */
  readonly detail: string
}

/** What was done to a thing, newest first: what every page of one ends with. */
export function history(entries: readonly HistoryEntry[], more?: string): Markup {
  return html`<section class="section" aria-labelledby="history-heading">
    <h2 id="history-heading">History</h2>
    ${
      entries.length === 0
        ? html`<p class="quiet">Nothing has been recorded.</p>`
        : html`<ol class="history" id="history">
            ${entries.map(
              ({ at, event, actor, address, detail }) =>
                html`<li>
                  ${moment(at)} <strong>${event}</strong> by
                  <bdi>${actor}</bdi>${address === null ? '' : html` from ${address}`}
                  ${detail === '' ? '' : html`<span class="quiet">${detail}</span>`}
                </li>`,
            )}
          </ol>`
    }
    ${more === undefined ? '' : html`<p><a href="${more}" id="all-history">All of it</a></p>`}
  </section>`
}

/** The same thing for programs: a call of the API, and a piece of a configuration file. */
export function copyAs({ call, config }: { readonly call: string; readonly config?: string }): Markup {
  return html`<section class="section" aria-labelledby="copy-heading">
    <h2 id="copy-heading">For programs</h2>
    ${codeBlock('copy-call', 'Copy as API call', call)}
    ${config === undefined ? '' : codeBlock('copy-config', 'Copy as config', config)}
  </section>`
}

/** A text to be copied, with a button for it where scripts run. */
export function codeBlock(id: string, label: string, text: string): Markup {
  return html`<details class="code-block">
    <summary>${label}</summary>
    <pre tabindex="0" aria-label="${label}"><code id="${id}">${text}</code></pre>
    <button class="button small second" type="button" data-copies="${id}" hidden>Copy</button>
  </details>`
}
