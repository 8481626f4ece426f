import { html } from 'hono/html'
import type { Markup } from './layout.ts'

export interface Bar {
  /** What is below it, such as a day. */
  readonly label: string
  readonly value: number
  /** The part of it that was refused (0). */
  readonly refused?: number
}

/** Numbers by day as a picture, with the same numbers as a table for those who do not see it. */
export function barChart({
  id,
  caption,
  bars,
  counts = 'Requests',
  areRefusals = true,
}: {
  readonly id: string
  readonly caption: string
  readonly bars: readonly Bar[]
  /** What is counted, above the column of the table (Requests). */
  readonly counts?: string
  /** Whether any of it can have been refused, so that the table says how many were (true). */
  readonly areRefusals?: boolean
}): Markup {
  const most = Math.max(1, ...bars.map(({ value }) => value))
  const total = bars.reduce((sum, { value }) => sum + value, 0)
  if (total === 0) return html`<p class="quiet" id="${id}">${caption}: none yet.</p>`
  return html`<figure class="chart" id="${id}">
    <figcaption>${caption}: ${total} in all, ${most} on the busiest day.</figcaption>
    <svg viewBox="0 0 ${bars.length * step} ${height}" preserveAspectRatio="none" role="img" aria-label="${caption}">
      ${bars.map(({ label, value, refused = 0 }, index) => {
        const tall = (value / most) * height
        const bad = (Math.min(refused, value) / most) * height
        return html`<g>
          <title>${label}: ${value}${refused === 0 ? '' : `, ${refused} refused`}</title>
          <rect class="bar" x="${index * step + 1}" y="${height - tall}" width="${step - 2}" height="${tall}" />
          ${bad === 0 ? '' : html`<rect class="bar refused" x="${index * step + 1}" y="${height - bad}" width="${step - 2}" height="${bad}" />`}
        </g>`
      })}
    </svg>
    <p class="ends" aria-hidden="true"><span>${bars[0]?.label ?? ''}</span><span>${bars.at(-1)?.label ?? ''}</span></p>
    <details>
      <summary>As a table</summary>
      <table>
        <caption class="unseen">
          ${caption}
        </caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col" class="number">${counts}</th>
            ${areRefusals ? html`<th scope="col" class="number">Refused</th>` : ''}
          </tr>
        </thead>
        <tbody>
          ${bars.map(
            ({ label, value, refused = 0 }) =>
              html`<tr>
                <th scope="row">${label}</th>
                <td class="number">${value}</td>
                ${areRefusals ? html`<td class="number">${refused}</td>` : ''}
              </tr>`,
          )}
        </tbody>
      </table>
    </details>
  </figure>`
}

const step = 10
const height = 60
