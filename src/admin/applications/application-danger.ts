import { html } from 'hono/html'
import type { ClientRecord } from '../../oauth/client-record.ts'
import type { Clients } from '../../oauth/clients.ts'
import type { EndClientTokens } from '../../oauth/end-client-tokens.ts'
import { confirmation, postForm } from '../../pages/forms.ts'
import { leave, type Leave, type Posted, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { applicationFrame, applicationOf, applicationPath } from './application-frame.ts'
import { counted } from '../../accounts/holdings.ts'

export interface ApplicationDangerStores {
  readonly clients: Pick<Clients, 'find' | 'disable' | 'enable' | 'delete'>
  readonly endClientTokens: EndClientTokens
  /** How many of its grants go on, up to a thousand, which stands for more. */
  readonly countGrants: (clientId: string) => Promise<number>
}

/** What ends something for everybody who uses a client: each has a page of its own that asks before. */
export function applicationDanger(stores: ApplicationDangerStores): readonly Screen[] {
  const { clients, endClientTokens } = stores
  return [
    {
      path: 'applications/:id/danger/',
      show: async (visit) => {
        const client = await applicationOf(visit, clients)
        return {
          ...applicationFrame(client),
          content: html`<section aria-labelledby="state-heading">
              <h2 id="state-heading">${client.isActive ? 'Disable' : 'Enable'}</h2>
              <p>
                ${
                  client.isActive
                    ? 'It is refused from the next request on, and so are its tokens, until it is enabled again.'
                    : 'It works again, with the tokens that are looked up. JWT access tokens from before stay dead.'
                }
              </p>
              ${
                client.isActive
                  ? html`<a class="button small danger" id="disable" href="${visit.path}disable/"
                      >Disable the application</a
                    >`
                  : postForm({
                      to: visit.path,
                      proof: visit.form,
                      action: 'enable',
                      button: 'Enable the application',
                      isInline: true,
                    })
              }
            </section>
            <section aria-labelledby="revoke-heading">
              <h2 id="revoke-heading">Revoke all tokens</h2>
              <p>Everybody has to allow it again, and it has to ask for new tokens. Its secret goes on.</p>
              <a class="button small danger" id="revoke" href="${visit.path}revoke/">Revoke all tokens</a>
            </section>
            <section aria-labelledby="delete-heading">
              <h2 id="delete-heading">Delete</h2>
              <p>The application is gone for good, with everything that people have allowed it.</p>
              <a class="button small danger" id="delete" href="${visit.path}delete/">Delete the application</a>
            </section>`,
        }
      },
      actions: {
        enable: {
          run: async (visit) => {
            const { id } = await applicationOf(visit, clients)
            await clients.enable(id, { by: visit.by })
            return leave(`${applicationPath(id)}danger/`, 'The application is enabled.')
          },
        },
      },
    },
    asking(stores, {
      word: 'disable',
      title: 'Disable',
      what: 'It is refused from the next request on, and so are its tokens.',
      button: 'Disable the application',
      run: async ({ by }, { id }) => {
        await clients.disable(id, { by })
        return leave(`${applicationPath(id)}danger/`, 'The application is disabled.')
      },
    }),
    asking(stores, {
      word: 'revoke',
      title: 'Revoke all tokens of',
      what: 'Everybody has to allow it again, and it has to ask for new tokens.',
      button: 'Revoke all tokens',
      run: async ({ by }, { id }) => {
        const count = await endClientTokens(id, { by })
        return leave(
          `${applicationPath(id)}danger/`,
          `All its tokens are dead. ${count} ${count === 1 ? 'grant has' : 'grants have'} ended.`,
        )
      },
    }),
    asking(stores, {
      word: 'delete',
      title: 'Delete',
      what: 'The application is gone for good. The audit log keeps what was done.',
      button: 'Delete the application',
      isTyped: true,
      run: async ({ by }, { id, name }) => {
        await clients.delete(id, { by })
        return leave('/admin/applications/', `The application ${name} is deleted.`)
      },
    }),
  ]
}

interface Asking {
  readonly word: string
  /** Before the name of the client. */
  readonly title: string
  readonly what: string
  readonly button: string
  /** Whether the name has to be typed (false). */
  readonly isTyped?: boolean
  readonly run: (visit: Posted, client: ClientRecord) => Promise<Leave>
}

function asking({ clients, countGrants }: ApplicationDangerStores, options: Asking): Screen {
  const { word, what, button, isTyped = false, run } = options

  async function page(visit: Visit, client: ClientRecord, wrong?: string): Promise<View> {
    const { title, crumbs = [] } = applicationFrame(client)
    const back = `${applicationPath(client.id)}danger/`
    const count = await countGrants(client.id)
    return {
      title: `${options.title} ${title}?`,
      crumbs: [...crumbs, { href: applicationPath(client.id), text: title }, { href: back, text: 'Danger zone' }],
      problems: wrong === undefined ? [] : [{ field: 'typed', message: wrong }],
      content: confirmation({
        to: visit.path,
        proof: visit.form,
        action: word,
        button,
        what,
        stops: [...counted(count, 'grant of its users', 'grants of its users'), 'its access tokens'],
        cancel: back,
        ...(isTyped ? { typed: { text: client.name, wrong } } : {}),
      }),
    }
  }

  return {
    path: `applications/:id/danger/${word}/`,
    show: async (visit) => page(visit, await applicationOf(visit, clients)),
    actions: {
      [word]: {
        run: async (visit) => {
          const client = await applicationOf(visit, clients)
          if (isTyped && visit.text('typed') !== client.name.trim()) {
            return page(visit, client, 'Type the name of the application as it stands on this page.')
          }
          return run(visit, client)
        },
      },
    },
  }
}
