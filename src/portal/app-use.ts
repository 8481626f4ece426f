import { html } from 'hono/html'
import type { ClientRefusals, ClientUsage } from '../oauth/client-usage.ts'
import type { Clients } from '../oauth/clients.ts'
import { apiCall } from '../pages/api-call.ts'
import { barChart } from '../pages/bar-chart.ts'
import { copyAs } from '../pages/facts.ts'
import type { Markup } from '../pages/layout.ts'
import { table } from '../pages/table.ts'
import { pathSegment } from '../screens/path-segment.ts'
import type { Screen } from '../screens/screen.ts'
import { dayOf } from '../tokens/key-usage.ts'
import { appFrame } from './app-frame.ts'
import { lastDays } from './last-days.ts'
import { ownApp } from './own-app.ts'

export interface AppUseOptions {
  readonly clients: Pick<Clients, 'find'>
  readonly clientUsage: Pick<ClientUsage, 'days' | 'refusals'>
  readonly baseUrl: string
  readonly clock: () => number
}

/** How one's application is used: its tokens and its requests by day, and why it was refused. */
export function appUse({ clients, clientUsage, baseUrl, clock }: AppUseOptions): Screen {
  return {
    path: 'apps/:id/use/',
    show: async (visit) => {
      const client = await ownApp(clients, visit)
      const today = dayOf(clock())
      const [days, refusals] = await Promise.all([
        clientUsage.days(client.id, today - 29),
        clientUsage.refusals(client.id, today - 29),
      ])
      return {
        ...appFrame(client),
        content: html`<section>
            <h2>Tokens</h2>
            ${barChart({
              id: 'tokens',
              caption: 'Access tokens that it was given in the last 30 days',
              bars: lastDays(days, today, ({ tokens }) => ({ value: tokens })),
              counts: 'Tokens',
              areRefusals: false,
            })}
          </section>
          <section>
            <h2>Requests</h2>
            ${barChart({
              id: 'requests',
              caption: 'Requests to this API with its tokens in the last 30 days',
              bars: lastDays(days, today, ({ requests }) => ({ value: requests })),
              areRefusals: false,
            })}
            <p class="quiet">
              What happens now is shown in some seconds. An API elsewhere that checks tokens by itself tells nobody
              here.
            </p>
          </section>
          ${refusalTable(refusals)}
          ${copyAs({ call: apiCall(baseUrl, 'GET', `/api/account/apps/${pathSegment(client.id)}/usage/`) })}`,
      }
    },
  }
}

function refusalTable(refusals: readonly ClientRefusals[]): Markup {
  return table({
    id: 'refusals',
    caption: 'Refused in the last 30 days, by reason',
    isCaptionShown: true,
    empty: 'It was never refused where it asked for tokens, or for leave to have them.',
    columns: [{ heading: 'Error' }, { heading: 'What it means' }, { heading: 'Times', isNumeric: true }],
    rows: refusals.map(({ reason, refused }) => [
      html`<code>${reason}</code>`,
      meanings[reason] ?? 'See the text that came with the error.',
      refused,
    ]),
  })
}

/** What its developer has to look at. RFC 6749, sections 4.1.2.1 and 5.2, unless another source is named. */
const meanings: Readonly<Record<string, string>> = {
  invalid_client: 'It did not show who it is, or is off: look at its client id and secret, and how it sends them.',
  invalid_grant: 'A code or refresh token was used before, too old, or got with another redirect address or verifier.',
  invalid_request: 'A parameter was missing, sent twice, or not as it is registered, such as the redirect address.',
  invalid_scope: 'It asked for a scope that it is not registered for: see its settings.',
  unauthorized_client: 'It asked for tokens in a way that its kind of app is not registered for.',
  unsupported_grant_type: 'It asked for tokens in a way that is not offered here.',
  access_denied: 'The person did not allow it, or is no test user of it.',
  // RFC 8707, section 2.
  invalid_target: 'It asked for tokens for an API that it is not registered for.',
  // RFC 9449, section 5.
  invalid_dpop_proof: 'Its DPoP proof was too old, for another address, or signed with another key.',
  // RFC 8628, section 3.5.
  expired_token: 'Nobody typed its code in before it was over: it has to begin again.',
  slow_down: 'It asked too often: it has to wait longer between two questions.',
}
