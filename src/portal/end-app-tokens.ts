import type { Clients } from '../oauth/clients.ts'
import type { CountPeople } from '../oauth/count-people.ts'
import type { EndClientTokens } from '../oauth/end-client-tokens.ts'
import { confirmation } from '../pages/forms.ts'
import { pathSegment } from '../screens/path-segment.ts'
import { leave, type Screen } from '../screens/screen.ts'
import { stopsOf } from './app-people.ts'
import { ownApp } from './own-app.ts'

export interface EndAppTokensOptions {
  readonly clients: Pick<Clients, 'find'>
  readonly endClientTokens: EndClientTokens
  readonly countPeople: CountPeople
}

/** Asks before all that an application was given ends, as where its tokens have leaked. */
export function endAppTokens({ clients, endClientTokens, countPeople }: EndAppTokensOptions): Screen {
  return {
    path: 'apps/:id/revoke-tokens/',
    show: async (visit) => {
      const client = await ownApp(clients, visit)
      const page = `/portal/apps/${pathSegment(client.id)}/`
      return {
        title: 'Revoke all tokens of the app?',
        crumbs: [
          { href: '/portal/apps/', text: 'My apps' },
          { href: page, text: client.name },
        ],
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'revoke',
          button: 'Revoke all tokens',
          what: 'Everybody has to allow it again, and it has to ask for new tokens. Its secret goes on.',
          stops: stopsOf(await countPeople(client.id)),
          cancel: page,
        }),
      }
    },
    actions: {
      revoke: {
        run: async (visit) => {
          const client = await ownApp(clients, visit)
          await endClientTokens(client.id, { by: visit.by })
          return leave(`/portal/apps/${pathSegment(client.id)}/`, 'All its tokens are dead.')
        },
      },
    },
  }
}
