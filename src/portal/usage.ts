import { html } from 'hono/html'
import type { FindOwnUsage, OwnLimit, OwnUsage } from '../oauth/own-usage.ts'
import { apiCall } from '../pages/api-call.ts'
import { barChart } from '../pages/bar-chart.ts'
import { moment } from '../pages/components.ts'
import { codeBlock, copyAs } from '../pages/facts.ts'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'
import { table } from '../pages/table.ts'
import { pathSegment } from '../screens/path-segment.ts'
import type { Screen, Visit } from '../screens/screen.ts'
import { dayOf } from '../tokens/key-usage.ts'
import { lastDays, requestsOf } from './last-days.ts'

export interface UsageOptions {
  readonly findOwnUsage: FindOwnUsage
  /** The headers that the answer to this very visit has. */
  readonly headersOf: (visit: Visit) => readonly (readonly [name: string, value: string])[]
  readonly baseUrl: string
  readonly clock: () => number
}

/** How much one's keys and applications are used, and how much they may be. */
export function usage({ findOwnUsage, headersOf, baseUrl, clock }: UsageOptions): Screen {
  return {
    path: 'usage/',
    menu: { text: 'Usage and limits' },
    show: async (visit) => {
      const now = clock()
      const { days, keys, apps, limits } = await findOwnUsage(visit.user, visit.request.address)
      return {
        title: 'Usage and limits',
        content: html`<section>
            <h2>All your keys</h2>
            ${barChart({ id: 'usage', caption: 'Requests in the last 30 days', bars: lastDays(days, dayOf(now), requestsOf) })}
          </section>
          ${keyTable(keys)} ${appTable(apps)} ${limitTable(limits, now)} ${headerSection(headersOf(visit))}
          ${copyAs({ call: apiCall(baseUrl, 'GET', '/api/account/usage/') })}`,
      }
    },
  }
}

function keyTable(keys: OwnUsage['keys']): Markup {
  return table({
    id: 'usage-by-key',
    caption: 'By key, in the last 30 days',
    isCaptionShown: true,
    empty: html`<p>You have no keys. <a href="/portal/keys/new/">Make one</a>, and what it does is counted here.</p>`,
    columns: [
      { heading: 'Key' },
      { heading: 'Requests', isNumeric: true },
      { heading: 'Refused', isNumeric: true },
      { heading: 'At most' },
    ],
    rows: keys.map(({ key, sum }) => [
      html`<a href="/portal/keys/${key.id}/"><bdi>${key.name}</bdi></a>`,
      sum.requests,
      sum.refused,
      key.rate ?? 'no limit of its own',
    ]),
  })
}

function appTable(apps: OwnUsage['apps']): Markup {
  return table({
    id: 'usage-by-app',
    caption: 'By app, in the last 30 days',
    isCaptionShown: true,
    empty: html`<p>
      You have no apps. <a href="/portal/apps/new/">Register one</a>, and what it does is counted here.
    </p>`,
    columns: [
      { heading: 'App' },
      { heading: 'Tokens', isNumeric: true },
      { heading: 'Requests', isNumeric: true },
      { heading: 'Refused', isNumeric: true },
    ],
    rows: apps.map(({ app, sum }) => [
      html`<a href="/portal/apps/${pathSegment(app.id)}/use/"><bdi>${shownName(app.name, app.id)}</bdi></a>`,
      sum.tokens,
      sum.requests,
      sum.refused,
    ]),
  })
}

function limitTable(limits: readonly OwnLimit[], now: number): Markup {
  return table({
    id: 'limits',
    caption: 'Limits, and what is left of them now',
    isCaptionShown: true,
    empty: 'Nothing limits how often you call, but for a rate that a key has of its own.',
    columns: [
      { heading: 'Of' },
      { heading: 'In the headers' },
      { heading: 'Limit', isNumeric: true },
      { heading: 'Used', isNumeric: true },
      { heading: 'Left', isNumeric: true },
      { heading: 'All there again' },
    ],
    rows: limits.map(({ of, policy, limit, window, remaining, reset }) => [
      html`<bdi>${shownName(of)}</bdi>`,
      html`<code>"${policy}"</code>`,
      `${limit} in ${spanOf(window)}`,
      limit - remaining,
      remaining,
      remaining === limit ? 'now' : html`in ${Math.ceil(reset)} s, ${moment(now + reset * 1000)}`,
    ]),
  })
}

function headerSection(headers: UsageHeaders): Markup {
  return html`<section>
    <h2>In the answers</h2>
    <p>
      Where a limit counts, every answer has <code>RateLimit-Policy</code> (<code>q</code> in <code>w</code> seconds)
      and <code>RateLimit</code> (<code>r</code> left, all there again in <code>t</code> seconds); for older clients
      <code>RateLimit-Limit</code>, <code>RateLimit-Remaining</code> and <code>RateLimit-Reset</code> say the same of
      the limit that is nearest. Beyond it the answer is <code>429</code> with <code>Retry-After</code>.
    </p>
    ${
      headers.length === 0
        ? ''
        : codeBlock(
            'headers',
            'The answer that brought you this page',
            headers.map(([name, value]) => `${name}: ${value}`).join('\n'),
          )
    }
  </section>`
}

type UsageHeaders = ReturnType<UsageOptions['headersOf']>

/** A time in seconds, in words. */
function spanOf(window: number): string {
  const [unit, name] = units.find(([seconds]) => window % seconds === 0) ?? [1, 'second']
  const count = window / unit
  return count === 1 ? `${name === 'hour' ? 'an' : 'a'} ${name}` : `${count} ${name}s`
}

const units: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
]
