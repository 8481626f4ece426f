import { html } from 'hono/html'
import { barChart } from '../pages/bar-chart.ts'
import { table } from '../pages/table.ts'
import type { Screen } from '../screens/screen.ts'
import type { ApiKeys } from '../tokens/api-keys.ts'
import { dayOf, type KeyUsage } from '../tokens/key-usage.ts'
import type { ServiceAccounts } from '../tokens/service-accounts.ts'
import { lastDays } from './last-days.ts'
import { ownerOf } from './own-keys.ts'

export interface UsageOptions {
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly serviceAccounts: Pick<ServiceAccounts, 'list'>
  readonly keyUsage: Pick<KeyUsage, 'daysOf' | 'sums'>
  /** The rates that hold for everybody, as they are written in the settings; `null`: none. */
  readonly limits: { readonly perPrincipal: string | null; readonly perAddress: string | null }
  readonly clock: () => number
}

/** How much one's keys are used, and how much they may be. */
export function usage({ apiKeys, serviceAccounts, keyUsage, limits, clock }: UsageOptions): Screen {
  return {
    path: 'usage/',
    menu: { text: 'Usage and limits' },
    show: async (visit) => {
      const accounts = await serviceAccounts.list({ ownerId: visit.user.id })
      const owners = [ownerOf(visit), ...accounts.map(({ id }) => ({ kind: 'service_account' as const, id }))]
      const keys = (await Promise.all(owners.map(async (owner) => apiKeys.list(owner)))).flat()
      const today = dayOf(clock())
      const ids = keys.map(({ id }) => id)
      const [days, sums] = await Promise.all([keyUsage.daysOf(ids, today - 29), keyUsage.sums(ids, today - 29)])
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
              key.rate ?? limits.perPrincipal ?? 'no limit of its own',
            ]),
          })}
          <section>
            <h2>Limits</h2>
            <dl class="facts">
              <div>
                <dt>For each key, user and application</dt>
                <dd>${limits.perPrincipal ?? 'none'}</dd>
              </div>
              <div>
                <dt>For each address</dt>
                <dd>${limits.perAddress ?? 'none'}</dd>
              </div>
            </dl>
            <p>
              Where a limit counts, every answer has <code>RateLimit-Policy</code> and <code>RateLimit</code> with what
              is left; beyond it the answer is <code>429</code> with <code>Retry-After</code>.
            </p>
          </section>`,
      }
    },
  }
}
