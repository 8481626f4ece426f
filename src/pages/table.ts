import { html } from 'hono/html'
import type { Markup } from './layout.ts'

export interface Column {
  readonly heading: string
  /** Whether it holds numbers, which stand to the right (false). */
  readonly isNumeric?: boolean
}

export type Cell = Markup | string | number

export interface TableOptions {
  /** Stable. */
  readonly id: string
  /** What the table shows, for those who hear it; it is shown above where the page has several. */
  readonly caption: string
  readonly isCaptionShown?: boolean
  readonly columns: readonly Column[]
  /** The first cell of each row is its heading. */
  readonly rows: readonly (readonly Cell[])[]
  /** In place of a table without rows (that there is nothing). */
  readonly empty?: Markup | string
}

/**
 * A table that scrolls in itself where the screen is narrow, and where it is very narrow a block for each row, with the heading
 * of its column before each cell. The roles are said, since browsers forget them where tables are shown as blocks.
 */
export function table({ id, caption, isCaptionShown = false, columns, rows, empty }: TableOptions): Markup {
  if (rows.length === 0) {
    return html`<div class="empty" id="${id}">
      ${isCaptionShown ? html`<p><strong>${caption}</strong></p>` : ''} ${empty ?? 'There is nothing here.'}
    </div>`
  }
  return html`<div class="scroll" role="region" aria-labelledby="${id}_caption" tabindex="0">
    <table id="${id}" class="list" role="table">
      <caption id="${id}_caption" ${isCaptionShown ? '' : html` class="unseen"`}>
        ${caption}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${columns.map(({ heading, isNumeric }) => html`<th scope="col" role="columnheader" ${numeric(isNumeric)}>${heading}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map(
          (cells) =>
            html`<tr role="row">
              ${cells.map((cell, index) => cellOf(cell, index, columns[index]))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

function cellOf(cell: Cell, index: number, column: Column | undefined): Markup {
  if (index === 0) return html`<th scope="row" role="rowheader">${cell}</th>`
  if (cell === '') return html`<td role="cell" class="blank"></td>`
  return html`<td role="cell" data-label="${column?.heading ?? ''}" ${numeric(column?.isNumeric)}>${cell}</td>`
}

function numeric(isNumeric = false): Markup | '' {
  return isNumeric ? html` class="number"` : ''
}

export interface PagerOptions {
  /** The path of the list. */
  readonly path: string
  /** Its filters, which go along. */
  readonly query: URLSearchParams
  /** Where the next page begins, `null` on the last. */
  readonly next: string | null
  /** How many stand on a page. */
  readonly size: number
}

/** Links to the first and the next page. Pages begin behind a row, so that they stay right while rows come and go. */
export function pager({ path, query, next, size }: PagerOptions): Markup | '' {
  const isFirst = !query.has('after')
  if (isFirst && next === null) return ''
  return html`<nav class="pager" aria-label="Pages">
    ${isFirst ? '' : html`<a href="${addressOf(path, query, null)}" id="first-page">First page</a>`}
    ${next === null ? '' : html`<a href="${addressOf(path, query, next)}" id="next-page" rel="next">Next ${size}</a>`}
  </nav>`
}

function addressOf(path: string, query: URLSearchParams, after: string | null): string {
  const changed = new URLSearchParams(query)
  changed.delete('after')
  if (after !== null) changed.set('after', after)
  return changed.size === 0 ? path : `${path}?${changed}`
}

/**
 * What to look for in a list: a form that is sent as a GET, so that what it shows can be kept and passed on. One of many
 * controls is folded where the screen is narrow, while it leaves nothing out: the list is what people came for.
 */
export function filterForm({
  path,
  controls,
  isFiltered,
}: {
  readonly path: string
  readonly controls: readonly (Markup | string)[]
  /** Whether anything is left out now: then there is a way back. */
  readonly isFiltered: boolean
}): Markup {
  const form = html`<form method="get" action="${path}" class="filters" id="filters" role="search">
    ${controls}
    <div class="filter-buttons">
      <button class="button small second" type="submit" id="filter">Show</button>
      ${isFiltered ? html`<a href="${path}" id="no-filter">Show all</a>` : ''}
    </div>
  </form>`
  if (controls.length <= 2) return form
  return html`<details class="filter-box" ${isFiltered ? html` open` : ''}>
    <summary>Filter the list</summary>
    ${form}
  </details>`
}
