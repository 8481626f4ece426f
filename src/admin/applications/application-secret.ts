import { html } from 'hono/html'
import type { ClientRecord } from '../../oauth/client-record.ts'
import { codeBlock } from '../../pages/facts.ts'
import { secretOnce } from '../../pages/secret-once.ts'
import type { View } from '../../screens/screen.ts'
import { applicationPath } from './application-frame.ts'
import { quoted } from '../../pages/quoted.ts'

export interface ApplicationSecret {
  readonly client: ClientRecord
  readonly secret: string
  readonly origin: string
  readonly title: string
}

/** The secret of a client, this once, with how to get a token by it. */
export function applicationSecret({ client, secret, origin, title }: ApplicationSecret): View {
  const { id } = client
  const isForItself = client.grantTypes.includes('client_credentials')
  const curl = isForItself ? tokenCall(origin, id) : metadataCall(origin)
  return {
    title,
    crumbs: [{ href: '/admin/applications/', text: 'Applications' }],
    content: html`<p>Its client id: <code id="client-id">${id}</code></p>
      ${secretOnce({
        what: 'client secret',
        secret,
        variable: 'CLIENT_SECRET',
        beside: { client_id: id },
        curl,
        onward: { href: applicationPath(id), text: 'Go to the application' },
      })}
      ${
        isForItself
          ? html`<section aria-labelledby="samples-heading">
              <h2 id="samples-heading">In a program</h2>
              ${codeBlock('sample-node', 'JavaScript', nodeSample(origin, id))}
              ${codeBlock('sample-python', 'Python', pythonSample(origin, id))}
              ${codeBlock('sample-go', 'Go', goSample(origin, id))}
            </section>`
          : ''
      }`,
  }
}

/** A curl line that gets a token by the client credentials grant; the secret is read from a variable. */
export function tokenCall(origin: string, id: string): string {
  return `curl -u ${quoted(encodeURIComponent(id))}":$CLIENT_SECRET" \\
  -d grant_type=client_credentials \\
  ${quoted(`${origin}/o/token/`)}`
}

function metadataCall(origin: string): string {
  return `curl ${quoted(`${origin}/.well-known/oauth-authorization-server`)}   # where people are sent to sign in, and where codes are redeemed`
}

function nodeSample(origin: string, id: string): string {
  return `const response = await fetch('${origin}/o/token/', {
  method: 'POST',
  headers: { authorization: \`Basic \${btoa(${JSON.stringify(`${encodeURIComponent(id)}:`)} + process.env.CLIENT_SECRET)}\` },
  body: new URLSearchParams({ grant_type: 'client_credentials' }),
})
const { access_token } = await response.json()`
}

function pythonSample(origin: string, id: string): string {
  return `import os, requests

answer = requests.post(
    "${origin}/o/token/",
    auth=(${JSON.stringify(encodeURIComponent(id))}, os.environ["CLIENT_SECRET"]),
    data={"grant_type": "client_credentials"},
)
access_token = answer.json()["access_token"]`
}

function goSample(origin: string, id: string): string {
  return `// golang.org/x/oauth2/clientcredentials
config := clientcredentials.Config{
	ClientID:     ${JSON.stringify(id)},
	ClientSecret: os.Getenv("CLIENT_SECRET"),
	TokenURL:     "${origin}/o/token/",
}
client := config.Client(context.Background())`
}
