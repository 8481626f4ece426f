import { STATUS_CODES } from 'node:http'
import { html } from 'hono/html'
import { addressShown } from '../pages/address-shown.ts'
import { barChart } from '../pages/bar-chart.ts'
import { moment } from '../pages/components.ts'
import type { Markup } from '../pages/layout.ts'
import { table } from '../pages/table.ts'
import { dayOf, type KeyUsage, type KeyUse, type Refusals } from '../tokens/key-usage.ts'
import { lastDays, requestsOf } from './last-days.ts'

/** How a key is used: by day, why it was refused, and the last requests one by one. */
export async function keyUse(
  { days, refusals, recent }: Pick<KeyUsage, 'days' | 'refusals' | 'recent'>,
  keyId: string,
  now: number,
): Promise<Markup> {
  const today = dayOf(now)
  const [byDay, byReason, last] = await Promise.all([
    days(keyId, today - 29),
    refusals(keyId, today - 29),
    recent(keyId),
  ])
  return html`<section>
    <h2>Use</h2>
    ${barChart({ id: 'usage', caption: 'Requests in the last 30 days', bars: lastDays(byDay, today, requestsOf) })}
    ${byReason.length === 0 ? '' : refusalTable(byReason)} ${recentUses(last)}
  </section>`
}

/** Why a key was refused, for its owner. Whoever used it was told nothing. */
const refusalWords: Readonly<Record<string, string>> = {
  wrong: 'the secret was wrong',
  rotated: 'the old secret, after its end',
  revoked: 'it is revoked',
  disabled: 'it is off',
  expired: 'it has expired',
  address: 'not from this address',
  owner: 'its owner is not active',
  unusable: 'it may not be used now',
}

function refusalTable(byReason: readonly Refusals[]): Markup {
  return table({
    id: 'refusals',
    caption: 'Refused in the last 30 days, by reason',
    isCaptionShown: true,
    empty: '',
    columns: [{ heading: 'Reason' }, { heading: 'Requests', isNumeric: true }],
    rows: byReason.map(({ reason, refused }) => [refusalWords[reason] ?? reason, refused]),
  })
}

function recentUses(uses: readonly KeyUse[]): Markup {
  return table({
    id: 'recent',
    caption: 'Last requests',
    isCaptionShown: true,
    empty: 'It has not been used yet.',
    columns: [{ heading: 'When' }, { heading: 'Request' }, { heading: 'From' }, { heading: 'Answer' }],
    rows: uses.map(({ at, method, path, address, outcome, status }) => [
      moment(at),
      path === null ? html`<span class="quiet">not known</span>` : html`<code>${method} ${path}</code>`,
      addressShown(address),
      answerWords(outcome, status),
    ]),
  })
}

function answerWords(outcome: string, status: number | null): string {
  const why = outcome === 'accepted' ? acceptedWords[status ?? 0] : (refusalWords[outcome] ?? outcome)
  const code = status === null ? undefined : `${status} ${STATUS_CODES[status] ?? ''}`.trim()
  return [code, why].filter((part) => part !== undefined).join(': ')
}

/** What became of a request whose key is good; 0: nobody here knows. */
const acceptedWords: Readonly<Record<number, string>> = {
  0: 'let in',
  403: 'the key is good, and may not do this',
  429: 'the key is good, and was used too often',
}
