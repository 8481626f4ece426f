import { html } from 'hono/html'
import type { ClientRecord } from '../../oauth/client-record.ts'
import type { Clients } from '../../oauth/clients.ts'
import { textControl } from '../../pages/controls.ts'
import { badge, codeBlock } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import type { Screen, View, Visit } from '../../screens/screen.ts'
import { applicationFrame, applicationOf, applicationPath } from './application-frame.ts'
import { tokenCall } from './application-secret.ts'
import type { DescribeToken } from '../credentials/described-token.ts'
import type { Names } from '../names.ts'
import { tokenFacts } from '../credentials/token-facts.ts'

/** Asks this server's own token endpoint, as the client would over the network. */
export type RequestToken = (
  visit: Visit,
  fields: Readonly<Record<string, string>>,
) => Promise<{ readonly status: number; readonly answer: Readonly<Record<string, unknown>> }>

export interface ApplicationTestStores {
  readonly clients: Pick<Clients, 'find'>
  readonly requestToken: RequestToken
  readonly describeToken: DescribeToken
  readonly names: Names
  readonly origin: string
}

/** Gets a token by the client credentials grant now, and shows what it is. The secret that is pasted is used and forgotten. */
export function applicationTest({
  clients,
  requestToken,
  describeToken,
  names,
  origin,
}: ApplicationTestStores): Screen {
  return {
    path: 'applications/:id/test/',
    show: async (visit) => page(visit, await applicationOf(visit, clients), origin, ''),
    actions: {
      token: {
        run: async (visit) => {
          const client = await applicationOf(visit, clients)
          const { status, answer } = await requestToken(visit, {
            grant_type: 'client_credentials',
            client_id: client.id,
            client_secret: visit.text('client_secret'),
            ...(visit.text('scope') === '' ? {} : { scope: visit.text('scope') }),
          })
          const token = answer['access_token']
          const described = typeof token === 'string' ? await tokenFacts(await describeToken(token), names) : ''
          const result = html`<section aria-labelledby="result-heading" id="result">
            <h2 id="result-heading">The answer</h2>
            <p>
              ${status === 200 ? badge('200', 'good') : badge(String(status), 'bad')}
              ${status === 200 ? 'A token that works until it expires.' : whatToDo(answer)}
            </p>
            ${codeBlock('answer', 'As it was sent', JSON.stringify(answer, null, 2))} ${described}
          </section>`
          return {
            ...(await page(visit, client, origin, result)),
            status: 200,
            headers: [['cache-control', 'no-store']],
          }
        },
      },
    },
  }
}

async function page(visit: Visit, client: ClientRecord, origin: string, result: Markup | ''): Promise<View> {
  const mayAsk = client.grantTypes.includes('client_credentials')
  const form = postForm({
    to: visit.path,
    proof: visit.form,
    action: 'token',
    button: 'Get a token now',
    content: html`${textControl({
      id: 'client_secret',
      name: 'client_secret',
      label: 'Client secret',
      type: 'password',
      required: true,
      maxLength: 500,
      hint: 'It is used for this one request, and neither kept nor logged.',
    })}
    ${textControl({
      id: 'scope',
      name: 'scope',
      label: 'Scopes',
      maxLength: 1000,
      value: '',
      hint: `With spaces between. Without any: ${client.metadata.defaultScopes?.join(' ') ?? (client.scopes.join(' ') || 'it may ask for none')}`,
    })}`,
  })
  return {
    ...applicationFrame(client),
    content: html`${result}
      ${mayAsk ? form : html`<p class="note" id="not-for-itself">It gets tokens for people who sign in, so it has to be tried from its own pages.</p>`}
      <section aria-labelledby="try-heading">
        <h2 id="try-heading">By hand</h2>
        ${mayAsk ? codeBlock('call', 'Get a token with curl', tokenCall(origin, client.id)) : codeBlock('call', 'Where people are sent', authorizeAddress(client, origin))}
        ${codeBlock('introspect', 'Ask about a token', introspectCall(origin, client.id))}
        <p>
          <a href="${applicationPath(client.id)}preview/" id="preview-link">What it would be told of a user</a> ·
          <a href="/admin/tokens/look-up/">Look a token up</a> ·
          <a href="/admin/access-tester/">See what a request would be answered</a>
        </p>
      </section>`,
  }
}

/** RFC 7662. */
function introspectCall(origin: string, id: string): string {
  return `curl -u "${encodeURIComponent(id)}:$CLIENT_SECRET" -d token="$TOKEN" '${origin}/o/introspect/'`
}

function authorizeAddress({ id, scopes, metadata }: ClientRecord, origin: string): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: id,
    redirect_uri: metadata.redirectUris?.[0] ?? '',
    scope: scopes.join(' '),
    state: '…',
    code_challenge: '…',
    code_challenge_method: 'S256',
  })
  return `${origin}/o/authorize/?${query.toString().replaceAll('%E2%80%A6', '…')}`
}

function whatToDo({ error, error_description: description }: Readonly<Record<string, unknown>>): string {
  const said = typeof description === 'string' ? description : 'The server refused it.'
  return error === 'invalid_client' ? `${said} Check the secret, and that the application is enabled.` : said
}
