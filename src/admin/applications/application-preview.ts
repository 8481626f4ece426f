import { html } from 'hono/html'
import type { Users } from '../../accounts/users.ts'
import type { ClientRecord } from '../../oauth/client-record.ts'
import type { Clients } from '../../oauth/clients.ts'
import { scopeSentence } from '../../oauth/scope-sentence.ts'
import type { PreviewTokens, TokenPreview } from '../../oauth/token-preview.ts'
import { chosenIn, textControl } from '../../pages/controls.ts'
import type { Markup } from '../../pages/layout.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import type { Screen, Visit } from '../../screens/screen.ts'
import { sought } from '../../screens/sought.ts'
import { applicationFrame, applicationOf, applicationPath } from './application-frame.ts'
import { scopeChoices } from './scope-choices.ts'

export interface ApplicationPreviewStores {
  readonly clients: Pick<Clients, 'find'>
  readonly users: Pick<Users, 'findByLogin'>
  readonly previewTokens: PreviewTokens
  readonly scopes: Readonly<Record<string, string>>
}

/** What an application would be told of a user, with the scopes that are chosen. No token is issued. */
export function applicationPreview({ clients, users, previewTokens, scopes }: ApplicationPreviewStores): Screen {
  return {
    path: 'applications/:id/preview/',
    show: async (visit) => {
      const client = await applicationOf(visit, clients)
      const asked = askedIn(visit, client)
      const isAsked = visit.query.has('user')
      const user = asked.user === '' ? null : await users.findByLogin(asked.user)
      let faults: Faults = {}
      let preview: TokenPreview | null = null
      if (isAsked && user === null) faults = { user: 'Give the username or e-mail of a user that is there.' }
      if (user !== null) {
        try {
          preview = await previewTokens({ clientId: client.id, userId: user.id, scopes: asked.scopes })
        } catch (error) {
          const { main, ...others } = faultsOf(error)
          faults = { ...others, ...(main === undefined ? {} : { user: main }) }
        }
      }
      const frame = applicationFrame(client)
      return {
        ...frame,
        problems: problemsOf(faults),
        status: 200,
        content: html`<p>
            What the application would be told, if this person signed in to it now by password. No token is issued, and
            nothing is recorded of them.
          </p>
          <form method="get" action="${visit.path}" class="stack" id="preview-form">
            ${textControl({
              id: 'user',
              name: 'user',
              label: 'User',
              required: true,
              hint: 'Username or e-mail.',
              value: asked.user,
              maxLength: 254,
              wrong: faults['user'],
            })}
            ${
              client.scopes.length === 0
                ? html`<p class="note">It may ask for no scope.</p>`
                : scopeChoices(
                    Object.fromEntries(client.scopes.map((name) => [name, scopeSentence(scopes, name)])),
                    asked.scopes,
                    faults['scopes'],
                    'Those that it asks for.',
                  )
            }
            <div class="buttons"><button class="button" type="submit" id="show">Show</button></div>
          </form>
          ${preview === null ? '' : shown(preview)}
          <p><a href="${applicationPath(client.id)}test/">Get a token for the application itself</a></p>`,
      }
    },
  }
}

function askedIn(
  { query }: Pick<Visit, 'query'>,
  { scopes }: ClientRecord,
): { readonly user: string; readonly scopes: readonly string[] } {
  const chosen = chosenIn(Object.fromEntries(query), 'scope', scopes)
  // Before anything was asked, all are chosen.
  return { user: sought(query, 'user'), scopes: query.has('user') ? chosen : scopes }
}

function shown({ idToken, accessToken, userInfo }: TokenPreview): Markup {
  const withoutOpenId = html`<p class="quiet">None: it goes with the scope openid.</p>`
  const part = (id: string, title: string, claims: object | null): Markup =>
    html`<section class="section" aria-labelledby="${id}-heading">
      <h2 id="${id}-heading">${title}</h2>
      ${claims === null ? withoutOpenId : html`<pre tabindex="0" aria-label="${title}"><code id="${id}">${JSON.stringify(claims, null, 2)}</code></pre>`}
    </section>`
  return html`<div id="preview">
    ${part('id-token', 'ID token', idToken)}
    ${part('access-token', accessToken.format === 'jwt' ? 'Access token (JWT)' : 'Access token (opaque): what an introspection answers', accessToken.claims)}
    ${part('userinfo', 'UserInfo', userInfo)}
  </div>`
}
