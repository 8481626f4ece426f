import { html } from 'hono/html'
import type { Markup } from '../pages/layout.ts'
import type { NavLink } from '../pages/console.ts'

/** What is here: the parts that somebody may open, and what programs find. */
export function homePage({
  areas,
  isSignedIn,
}: {
  readonly areas: readonly NavLink[]
  readonly isSignedIn: boolean
}): Markup {
  const told: Readonly<Record<string, string>> = {
    '/account/': 'Your devices, your applications, how you sign in.',
    '/portal/': 'Register applications, make API keys and service accounts, and see how they are used.',
    '/admin/': 'Users, applications, keys, the audit log and all settings.',
    '/api/': 'Every endpoint with who may call it, and a form to try it.',
  }
  return html`<p>This server says who somebody is, and what they may do: for people, and for programs.</p>
    <div class="cards">
      ${areas.map(
        ({ href, text }) =>
          html`<div class="panel">
            <h2><a href="${href}">${text}</a></h2>
            <p>${told[href] ?? ''}</p>
          </div>`,
      )}
      ${
        isSignedIn
          ? ''
          : html`<div class="panel">
              <h2><a href="/accounts/login/">Sign in</a></h2>
              <p>To your account, and to what you may manage.</p>
            </div>`
      }
    </div>
    <section class="section" aria-labelledby="programs-heading">
      <h2 id="programs-heading">For programs</h2>
      <ul class="points">
        <li><a href="/api/openapi.json">OpenAPI 3.1 document</a> of all endpoints</li>
        <li>
          <a href="/.well-known/openid-configuration">OpenID configuration</a> and
          <a href="/o/jwks.json">public keys</a>
        </li>
        <li><a href="/livez">Whether it runs</a> and <a href="/readyz">whether it can serve</a></li>
      </ul>
    </section>`
}
