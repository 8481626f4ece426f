import { html } from 'hono/html'
import { badge, facts } from '../../pages/facts.ts'
import type { Markup } from '../../pages/layout.ts'
import { type AuditLog, most } from '../../storage/audit-log.ts'
import type { Screen } from '../../screens/screen.ts'

/** Something that an installation should have before others rely on it. */
export interface Step {
  /** What to do, in a few words. */
  readonly text: string
  readonly isDone: boolean
  /** Where it is done. */
  readonly href: string
  /** Why, in a sentence. */
  readonly why: string
}

export interface OverviewStores {
  readonly log: Pick<AuditLog, 'count'>
  readonly nextSteps: () => Promise<readonly Step[]>
  /** What somebody should look at soon, each in a sentence with its page. */
  readonly warnings: () => Promise<readonly { readonly text: string; readonly href: string }[]>
  /** How many requests were refused since this process started, by error code. */
  readonly refusals: () => Promise<Readonly<Record<string, number>>>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** What is to be done, what went on in the last day, and what needs somebody. */
export function overview({ log, nextSteps, warnings, refusals, clock }: OverviewStores): Screen {
  return {
    path: '',
    menu: { text: 'Overview' },
    show: async () => {
      const [steps, warned, refused, counts] = await Promise.all([
        nextSteps(),
        warnings(),
        refusals(),
        log.count(
          counted.map(([event]) => event),
          clock() - day,
        ),
      ])
      const isUnfinished = steps.some(({ isDone }) => !isDone)
      const codes = Object.entries(refused).toSorted(([, a], [, b]) => b - a)
      return {
        title: 'Overview',
        content: html`${isUnfinished ? stepsList(steps) : ''} ${warned.length === 0 ? '' : warningList(warned)}
          <section class="section" aria-labelledby="day-heading">
            <h2 id="day-heading">The last 24 hours</h2>
            ${facts(
              counted.map(([event, text]) => [
                text,
                html`<a href="/admin/audit/?event=${event}">${countText(counts[event] ?? 0)}</a>`,
              ]),
            )}
          </section>
          <section class="section" aria-labelledby="refusals-heading">
            <h2 id="refusals-heading">Refusals since this process started</h2>
            ${
              codes.length === 0
                ? html`<p class="quiet">Nothing was refused.</p>`
                : facts(codes.slice(0, 10).map(([code, count]) => [code, countText(count)]))
            }
          </section>`,
      }
    },
  }
}

const day = 86_400_000

/** What is counted in the last day: events, and what they are called. */
export const counted: readonly (readonly [event: string, text: string])[] = [
  ['session.created', 'Sign-ins in browsers'],
  ['family.created', 'Sign-ins of programs'],
  ['access_token.issued', 'Access tokens for applications'],
  ['password.failed', 'Wrong passwords'],
  ['key.created', 'New API keys'],
  ['user.created', 'New users'],
]

function countText(count: number): string {
  return count >= most ? `${most.toLocaleString('en')} or more` : count.toLocaleString('en')
}

function stepsList(steps: readonly Step[]): Markup {
  return html`<section class="section" aria-labelledby="steps-heading">
    <h2 id="steps-heading">Next steps</h2>
    <ul class="steps" id="steps">
      ${steps.map(
        ({ text, isDone, href, why }) =>
          html`<li>
            ${isDone ? badge('Done', 'good') : badge('To do', 'note')}
            ${isDone ? text : html`<a href="${href}">${text}</a>`}
            <span class="quiet">${why}</span>
          </li>`,
      )}
    </ul>
  </section>`
}

function warningList(warned: readonly { readonly text: string; readonly href: string }[]): Markup {
  return html`<section class="section" aria-labelledby="warnings-heading">
    <h2 id="warnings-heading">Needs somebody</h2>
    <ul class="points" id="warnings">
      ${warned.map(({ text, href }) => html`<li><a href="${href}">${text}</a></li>`)}
    </ul>
  </section>`
}
