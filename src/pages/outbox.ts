import { html } from 'hono/html'
import { moment } from './components.ts'
import { layout, type Site } from './layout.ts'

export interface OutboxPage {
  readonly site?: Site | undefined
  /** What would have been sent, newest first. */
  readonly messages: readonly ShownMessage[]
}

export interface ShownMessage {
  readonly id: string
  readonly to: string
  readonly subject: string
  /** The text of it, with its links. */
  readonly text: string
  /** Links in it, by what they say. */
  readonly links: readonly { readonly href: string; readonly text: string }[]
  readonly at: number
}

/** What would have been mailed, for whoever develops on this machine. */
export async function outboxPage({ site, messages }: OutboxPage): Promise<string> {
  const content = html`<p>
      Development mode sends no mail. This is what would have been sent; set <code>smtpUrl</code> to send it. Only this
      machine can open the page.
    </p>
    ${
      messages.length === 0
        ? html`<p id="empty">Nothing was to be sent in the last day.</p>`
        : html`<ol class="mails" id="messages">
            ${messages.map(
              ({ id, to, subject, text, links, at }) =>
                html`<li id="mail-${id}">
                  <h2>${subject}</h2>
                  <p class="quiet">To <bdi>${to}</bdi>, ${moment(at)}</p>
                  ${links.map((link) => html`<p><a href="${link.href}">${link.text}</a></p>`)}
                  <pre>${text}</pre>
                </li>`,
            )}
          </ol>`
    }`
  return layout({ title: 'Outbox', site, content })
}
