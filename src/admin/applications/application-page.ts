import { html } from 'hono/html'
import type { ClientRecord } from '../../oauth/client-record.ts'
import type { Clients } from '../../oauth/clients.ts'
import type { GivenClient } from '../../oauth/client-wire.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { type Action, leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { type ApplicationField, fieldControls, fieldIds, givenIn, registeredOf } from './application-fields.ts'
import { applicationFrame, applicationOf } from './application-frame.ts'
import { applicationSecret } from './application-secret.ts'
import { checkMayTrust } from '../may-trust.ts'

export interface ApplicationPageStores {
  readonly clients: Pick<Clients, 'find' | 'update'>
  readonly origin: string
}

export interface ApplicationPage {
  /** Below `applications/:id/`. */
  readonly path: string
  /** What can be changed there. */
  readonly fields: readonly ApplicationField[]
  /** Controls before the fields, and what they mean (none). */
  readonly more?: {
    readonly controls: (values: GivenClient, faults: Faults) => Markup
    readonly given: (sent: Readonly<Record<string, unknown>>) => GivenClient
  }
  /** What stands above the form, and below it (nothing). */
  readonly above?: (visit: Visit, client: ClientRecord) => Promise<Markup | ''>
  readonly below?: (visit: Visit, client: ClientRecord) => Promise<Markup | ''>
  readonly actions?: Readonly<Record<string, Action>>
}

/** A tab of a client with a form: what is registered, to be changed. */
export function applicationPage({ clients, origin }: ApplicationPageStores, options: ApplicationPage): Screen {
  const { path, fields, more, above, below, actions = {} } = options

  async function view(visit: Visit, client: ClientRecord, values: GivenClient, faults: Faults): Promise<View> {
    // What it says of itself is read anew from its document: a change here would be gone the next day.
    const isTheirs = client.source === 'document'
    const form = html`${more?.controls(values, faults) ?? ''}${fieldControls(fields, values, faults)}`
    return {
      ...applicationFrame(client),
      problems: problemsOf(faults, fieldIds),
      content: html`${(await above?.(visit, client)) ?? ''}
      ${
        isTheirs
          ? html`<p class="note" id="by-document">It is described by <bdi>${client.id}</bdi> and changed there.</p>`
          : postForm({ to: visit.path, proof: visit.form, action: 'save', button: 'Save', content: form })
      }
      ${(await below?.(visit, client)) ?? ''}`,
    }
  }

  return {
    path: `applications/:id/${path}`,
    show: async (visit) => {
      const client = await applicationOf(visit, clients)
      return view(visit, client, registeredOf(client), {})
    },
    actions: {
      ...actions,
      save: {
        isSensitive: true,
        run: async (visit) => {
          const client = await applicationOf(visit, clients)
          const given = { ...givenIn(fields, visit), ...more?.given(visit.fields) }
          checkMayTrust(visit.user, client, given)
          try {
            const { client: changed, secret } = await clients.update(client.id, given, { by: visit.by })
            if (secret === null) return leave(visit.path, 'The changes are saved.')
            return applicationSecret({ client: changed, secret, origin, title: 'It needs a secret now' })
          } catch (error) {
            return view(visit, client, given, faultsOf(error))
          }
        },
      },
    },
  }
}
