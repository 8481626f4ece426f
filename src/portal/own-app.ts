import { isTheirs } from '../accounts/is-theirs.ts'
import { RequestRefused } from '../core/errors.ts'
import type { ClientRecord, Clients } from '../oauth/clients.ts'
import type { Visit } from '../screens/screen.ts'

/** Throws `not_found` for one that somebody else answers for, or of an organisation that they have left, as for one that is not there. */
export async function ownApp(clients: Pick<Clients, 'find'>, visit: Visit): Promise<ClientRecord> {
  const client = await clients.find(visit.params['id'] ?? '', { owner: visit.user.id })
  if (client === null || !isTheirs(client, visit.user)) throw new RequestRefused('not_found')
  return client
}
