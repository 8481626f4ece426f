import { html } from 'hono/html'
import type { Clients } from '../oauth/clients.ts'
import { badge } from '../pages/facts.ts'
import type { Markup } from '../pages/layout.ts'
import type { Screen } from '../screens/screen.ts'
import type { ApiKeys } from '../tokens/api-keys.ts'
import { ownerOf } from './own-keys.ts'

export interface HomeOptions {
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly clients: Pick<Clients, 'list'>
  readonly baseUrl: string
}

/** What this API is, and three steps to the first call. The last one is ticked when that call has come. */
export function home({ apiKeys, clients, baseUrl }: HomeOptions): Screen {
  return {
    path: '',
    menu: { text: 'Start' },
    show: async (visit) => {
      const [keys, { clients: apps }] = await Promise.all([
        apiKeys.list(ownerOf(visit)),
        clients.list({ owner: visit.user.id, limit: 50 }),
      ])
      const hasCredential = keys.length > 0 || apps.length > 0
      const hasCalled =
        keys.some(({ lastUsedAt }) => lastUsedAt !== null) ||
        apps.some(({ secretLastUsedAt }) => secretLastUsedAt !== null)
      return {
        title: 'Build on this API',
        content: html`<p>The API is at <code id="base-url">${baseUrl}</code>. Three steps, and it answers you.</p>
          <section>
            <h2>Steps</h2>
            <ol class="steps" id="steps">
              ${step(true, 'Sign in', html`You have an account: <bdi>${visit.user.name}</bdi>.`)}
              ${step(
                hasCredential,
                'Get a credential',
                html`<a href="/portal/keys/new/">Make a key</a> for a script of your own, or
                  <a href="/portal/apps/new/">register an app</a> that other people will use.`,
              )}
              ${step(
                hasCalled,
                'Make the first call',
                html`The page with your credential has a line to paste into a shell; or
                  <a href="/api/">try the API in the browser</a>.`,
              )}
            </ol>
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
