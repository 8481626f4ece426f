import { html } from 'hono/html'
import type { Quota } from '../core/throttle.ts'
import { barChart } from '../pages/bar-chart.ts'
import { moment } from '../pages/components.ts'
import { codeBlock } from '../pages/facts.ts'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'
import { table } from '../pages/table.ts'
import type { Screen, Visit } from '../screens/screen.ts'
import type { ApiKeyRecord, ApiKeys } from '../tokens/api-keys.ts'
import { dayOf, type KeyUsage } from '../tokens/key-usage.ts'
import type { ServiceAccountRecord } from '../tokens/service-accounts.ts'
import { lastDays } from './last-days.ts'
import { type OwnKeys, ownerOf } from './own-keys.ts'

export interface UsageOptions {
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly ownKeys: Pick<OwnKeys, 'accounts'>
  readonly keyUsage: Pick<KeyUsage, 'daysOf' | 'sums'>
  /** What is left now of each limit that somebody runs into; `of` says in words what it counts. */
  readonly quotas: (
    visit: Visit,
    own: { readonly accounts: readonly ServiceAccountRecord[]; readonly keys: readonly ApiKeyRecord[] },
  ) => Promise<readonly (Quota & { readonly of: string })[]>
  /** The headers that the answer to this very visit has. */
  readonly headersOf: (visit: Visit) => readonly (readonly [name: string, value: string])[]
  readonly clock: () => number
}

/** How much one's keys are used, and how much they may be. */
export function usage({ apiKeys, ownKeys, keyUsage, quotas, headersOf, clock }: UsageOptions): Screen {
  return {
    path: 'usage/',
    menu: { text: 'Usage and limits' },
    show: async (visit) => {
      const accounts = await ownKeys.accounts(visit)
      const owners = [ownerOf(visit), ...accounts.map(({ id }) => ({ kind: 'service_account' as const, id }))]
      const keys = (await Promise.all(owners.map(async (owner) => apiKeys.list(owner)))).flat()
      const today = dayOf(clock())
      const ids = keys.map(({ id }) => id)
      const [days, sums, left] = await Promise.all([
        keyUsage.daysOf(ids, today - 29),
        keyUsage.sums(ids, today - 29),
        quotas(visit, { accounts, keys }),
      ])
      return {
        title: 'Usage and limits',
        content: html`<section>
            <h2>All your keys</h2>
            ${barChart({ id: 'usage', caption: 'Requests in the last 30 days', bars: lastDays(days, today) })}
          </section>
          ${table({
            id: 'usage-by-key',
            caption: 'By key, in the last 30 days',
            isCaptionShown: true,
            empty: 'You have no keys.',
            columns: [
              { heading: 'Key' },
              { heading: 'Requests', isNumeric: true },
              { heading: 'Refused', isNumeric: true },
              { heading: 'At most' },
            ],
            rows: keys.map((key) => [
              html`<a href="/portal/keys/${key.id}/"><bdi>${key.name}</bdi></a>`,
              sums.get(key.id)?.requests ?? 0,
              sums.get(key.id)?.refused ?? 0,
              key.rate ?? 'no limit of its own',
            ]),
          })}
          ${limitTable(left, clock())} ${headerSection(headersOf(visit))}`,
      }
    },
  }
}

function limitTable(left: readonly (Quota & { readonly of: string })[], now: number): Markup {
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
    rows: left.map(({ of, policy, limit, window, remaining, reset }) => [
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
