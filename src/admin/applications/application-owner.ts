import { html } from 'hono/html'
import { meantUser } from '../../accounts/meant-user.ts'
import type { Users } from '../../accounts/users.ts'
import type { ChangeClientOwner, ClientOwner } from '../../oauth/change-client-owner.ts'
import type { ClientRecord } from '../../oauth/client-record.ts'
import type { Clients } from '../../oauth/clients.ts'
import type { Organisations } from '../../organisations/organisations.ts'
import { choices, textControl } from '../../pages/controls.ts'
import { facts } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { answeringFor } from '../answering.ts'
import { applicationFrame, applicationOf, applicationPath } from './application-frame.ts'
import { linked } from '../linked.ts'
import { checkMayTrust } from '../may-trust.ts'
import type { Names } from '../names.ts'

export interface ApplicationOwnerStores {
  readonly clients: Pick<Clients, 'find'>
  readonly changeClientOwner: ChangeClientOwner
  readonly users: Pick<Users, 'find' | 'findByLogin'>
  readonly organisations: Pick<Organisations, 'findBySlug'>
  readonly names: Names
}

/** Who answers for an application, and giving it to somebody else. */
export function applicationOwner(stores: ApplicationOwnerStores): Screen {
  const { clients, changeClientOwner } = stores
  return {
    path: 'applications/:id/owner/',
    show: async (visit) => {
      const client = await applicationOf(visit, clients)
      return page(stores, visit, client, { kind: 'user', owner: '' }, {})
    },
    actions: {
      change: {
        run: async (visit) => {
          const client = await applicationOf(visit, clients)
          checkMayTrust(visit.user, client)
          const typed = { kind: visit.text('kind'), owner: visit.text('owner') }
          const found = await ownerOf(stores, typed)
          if (found === undefined) {
            const what =
              typed.kind === 'organisation' ? 'the short name of an organisation' : 'the username or e-mail of a user'
            return page(stores, visit, client, typed, { owner: `Give ${what} that is there.` })
          }
          try {
            await changeClientOwner(client.id, found, { by: visit.by })
          } catch (error) {
            return page(stores, visit, client, typed, { owner: faultsOf(error)['main'] ?? noOwner })
          }
          return leave(applicationPath(client.id), 'Somebody else answers for it from now on.')
        },
      },
    },
  }
}

interface Typed {
  readonly kind: string
  readonly owner: string
}

const noOwner = 'The owner has to be there, and active; an e-mail names one once it is verified.'

/** `undefined` for one who is not there. */
async function ownerOf(
  { users, organisations }: ApplicationOwnerStores,
  { kind, owner }: Typed,
): Promise<ClientOwner | undefined> {
  if (kind === 'nobody') return null
  if (owner === '') return undefined
  if (kind === 'organisation') {
    const found = await organisations.findBySlug(owner)
    return found === null ? undefined : { kind, id: found.id }
  }
  const user = kind === 'user' ? await meantUser(users, owner) : null
  return user === null ? undefined : { kind: 'user', id: user.id }
}

async function page(
  { names }: ApplicationOwnerStores,
  visit: Visit,
  client: ClientRecord,
  typed: Typed,
  faults: Faults,
): Promise<View> {
  const owner = answeringFor(client)
  const frame = applicationFrame(client)
  return {
    ...frame,
    title: `Who answers for ${shownName(client.name, client.id)}`,
    crumbs: [...(frame.crumbs ?? []), { href: applicationPath(client.id), text: shownName(client.name, client.id) }],
    problems: problemsOf(faults),
    content: html`${facts([['Owner', owner === null ? null : linked(owner, await names([owner]))]])}
      <p>
        Whoever answers for it sees it in their portal, changes it and makes secrets for it; whoever did until now does
        not any more. Secrets, and what people have allowed it, go on.
      </p>
      ${postForm({
        to: visit.path,
        proof: visit.form,
        action: 'change',
        button: 'Change the owner',
        content: html`${choices({
          id: 'kind',
          name: 'kind',
          label: 'From now on it belongs to',
          isOne: true,
          values: [typed.kind],
          choices: [
            { value: 'user', text: 'A person' },
            { value: 'organisation', text: 'An organisation' },
            { value: 'nobody', text: 'Nobody: administrators look after it' },
          ],
        })}
        ${textControl({
          id: 'owner',
          name: 'owner',
          label: 'Username, e-mail, or short name of the organisation',
          maxLength: 254,
          value: typed.owner,
          wrong: faults['owner'],
        })}`,
        cancel: applicationPath(client.id),
      })}`,
  }
}
