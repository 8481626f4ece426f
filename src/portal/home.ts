import { html } from 'hono/html'
import { isTheirs } from '../accounts/is-theirs.ts'
import type { ClientUsage } from '../oauth/client-usage.ts'
import type { Clients } from '../oauth/clients.ts'
import { badge } from '../pages/facts.ts'
import type { Markup } from '../pages/layout.ts'
import type { Screen, Visit } from '../screens/screen.ts'
import type { ApiKeys } from '../tokens/api-keys.ts'
import { dayOf } from '../tokens/key-usage.ts'
import { type OwnKeys, ownerOf } from './own-keys.ts'

export interface HomeOptions {
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly ownKeys: Pick<OwnKeys, 'accounts'>
  readonly clients: Pick<Clients, 'list'>
  readonly clientUsage: Pick<ClientUsage, 'sums'>
  readonly baseUrl: string
  readonly siteName: string
  readonly clock: () => number
}

/**
 * What this API is, and three steps to the first call. The last one is ticked when that call has come: the page looks for it by itself
 * where scripts run.
 */
export function home(options: HomeOptions): Screen {
  const { apiKeys, ownKeys, clients, clientUsage, baseUrl, siteName, clock } = options

  async function appsOf(visit: Visit): Promise<{ readonly any: boolean; readonly used: boolean }> {
    const { clients: found } = await clients.list({ owner: visit.user.id, limit: 50 })
    const apps = found.filter((client) => isTheirs(client, visit.user))
    const ids = apps.map(({ id }) => id)
    const sums = await clientUsage.sums(ids, dayOf(clock()) - 29)
    const isUsed = [...sums.values()].some(({ requests, tokens }) => requests + tokens > 0)
    return { any: apps.length > 0, used: isUsed || apps.some(({ secretLastUsedAt }) => secretLastUsedAt !== null) }
  }

  async function keysOf(visit: Visit): Promise<{ readonly any: boolean; readonly used: boolean }> {
    const accounts = (await ownKeys.accounts(visit)).slice(0, 20)
    const owners = [ownerOf(visit), ...accounts.map(({ id }) => ({ kind: 'service_account' as const, id }))]
    const keys = (await Promise.all(owners.map(async (owner) => apiKeys.list(owner)))).flat()
    return { any: keys.length > 0, used: keys.some(({ lastUsedAt }) => lastUsedAt !== null) }
  }

  return {
    path: '',
    menu: { text: 'Start' },
    show: async (visit) => {
      const found = await Promise.all([keysOf(visit), appsOf(visit)])
      const [any, used] = [found.some((one) => one.any), found.some((one) => one.used)]
      return {
        title: 'Build on this API',
        content: html`<p>
            This is the API of <bdi>${siteName}</bdi>, at <code id="base-url">${baseUrl}</code>. What it can do stands
            in its <a href="/api/">list of operations</a>, for programs in
            <a href="/api/openapi.json"><code>openapi.json</code></a
            >. Three steps, and it answers you.
          </p>
          <section>
            <h2>Steps</h2>
            <div id="steps" role="status" ${any && !used ? html`data-looks-again` : ''}>
              <ol class="steps">
                ${step(true, 'Sign in', html`You have an account: <bdi>${visit.user.name}</bdi>.`)}
                ${step(
                  any,
                  'Get a credential',
                  html`<a href="/portal/keys/new/">Make a key</a> for a script of your own, or
                    <a href="/portal/apps/new/">register an app</a> that other people will use.`,
                )}
                ${step(
                  used,
                  'Make the first call',
                  used
                    ? html`It has come. <a href="/portal/usage/">See how much you use.</a>`
                    : html`The page with your credential has a line to paste into a shell; or
                        <a href="/api/">try the API in the browser</a>.
                        ${any ? html`It is ticked some seconds after the call; <a href="${visit.path}" id="look-again">look again</a>.` : ''}`,
                )}
              </ol>
            </div>
          </section>
          <section>
            <h2>Which one?</h2>
            <ul class="points">
              <li><a href="/portal/keys/">Keys</a> act as you: for scripts, jobs and trying things out.</li>
              <li>
                <a href="/portal/service-accounts/">Service accounts</a> act under a name of their own, and go on when
                you leave.
              </li>
              <li><a href="/portal/apps/">Apps</a> ask other people to let them in, and never see their passwords.</li>
            </ul>
          </section>`,
      }
    },
  }
}

function step(isDone: boolean, name: string, how: Markup): Markup {
  return html`<li>${isDone ? badge('done', 'good') : badge('to do')} <strong>${name}.</strong> ${how}</li>`
}
