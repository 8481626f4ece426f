import { html } from 'hono/html'
import { codeBlock, facts } from '../pages/facts.ts'
import { hiddenField } from '../pages/components.ts'
import type { Markup } from '../pages/layout.ts'
import type { Screen, Visit } from '../screens/screen.ts'

/** What the API answered to a call. */
export interface Called {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** Makes `GET /api/whoami/` with a key, from the address of whoever visits. */
export type CallApi = (visit: Visit, key: string) => Promise<Called>

/**
 * The button beside a secret that is shown once. It opens another page, so that the secret stays where it is; the key goes along
 * in a form, never in an address, and is written down nowhere.
 */
export function testCallForm(visit: Visit, key: string): Markup {
  return html`<form method="post" action="${path}" id="test-call-form" target="_blank" rel="noopener">
    ${visit.form} ${hiddenField('action', 'call')} ${hiddenField('key', key)}
    <div class="buttons">
      <button class="button small second" type="submit" id="test-call">Send a test call (opens a new page)</button>
    </div>
  </form>`
}

/** Shows what the API answers to a call with a key. */
export function testCall(callApi: CallApi): Screen {
  const crumbs = [{ href: '/portal/keys/', text: 'My API keys' }]
  return {
    path: 'keys/test-call/',
    show: async () => ({
      title: 'Test call',
      crumbs,
      content: html`<p>
        A key is tried from the page where it is shown, once. Elsewhere, use the line with <code>curl</code> that stands
        there.
      </p>`,
    }),
    actions: {
      call: {
        run: async (visit) => {
          const { status, headers, body } = await callApi(visit, visit.text('key').slice(0, 500))
          const isGood = status === 200
          const lines = [`HTTP/1.1 ${status}`, ...headers.map(([name, value]) => `${name}: ${value}`), '', body]
          return {
            title: isGood ? 'The key works' : 'The key was refused',
            crumbs,
            content: html`${facts([
                ['Call', html`<code>GET /api/whoami/</code> from ${visit.request.address ?? 'an unknown address'}`],
                ['Answer', html`<span id="test-status">${status}</span>`],
              ])}
              <p>
                ${
                  isGood
                    ? 'This is what a program gets that comes with the key.'
                    : 'The page of the key tells why, below its last requests.'
                }
                You can close this page; the key is still shown on the one before.
              </p>
              ${codeBlock('test-answer', 'The whole answer', lines.join('\n'))}`,
          }
        },
      },
    },
  }
}

const path = '/portal/keys/test-call/'
