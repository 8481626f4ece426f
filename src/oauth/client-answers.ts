import { RequestRefused } from '../core/errors.ts'
import type { ClientRecord } from './client-record.ts'
import { type ClientValueName, clientNames, fromWire, type GivenClient, toWire } from './client-wire.ts'

/** A client as administrators read it: the names of RFC 7591, and what is ours beside them. Times are seconds since 1970. */
export function clientAnswer(client: ClientRecord): Readonly<Record<string, unknown>> {
  const { rotation } = client
  return {
    client_id: client.id,
    client_id_issued_at: seconds(client.createdAt),
    ...toWire(client),
    // RFC 7591, section 3.2.1. 0: it does not expire.
    ...(client.hasSecret ? { client_secret_expires_at: 0 } : {}),
    is_active: client.isActive,
    is_held: client.isHeld,
    is_confidential: client.isConfidential,
    source: client.source,
    owner: client.ownerId,
    organisation: client.organisationId,
    updated_at: seconds(client.updatedAt),
    credentials_end_at: seconds(client.credentialsEndAt),
    secret_last_used_at: seconds(client.secretLastUsedAt),
    secret_rotation:
      rotation === null
        ? null
        : {
            ends_at: seconds(rotation.endsAt),
            old_last_used_at: seconds(rotation.oldLastUsedAt),
            new_last_used_at: seconds(rotation.newLastUsedAt),
          },
  }
}

/**
 * What is sent for a client, by our names. `null` and an empty text mean the default. Unlike a client that registers itself,
 * an administrator hears of members that there are not: throws `RequestRefused` (`invalid`). `others` are known beside them.
 */
export function givenClientIn(members: Readonly<Record<string, unknown>>, others: readonly string[] = []): GivenClient {
  const known: readonly string[] = [...Object.values(clientNames), ...others]
  const unknown = Object.keys(members).filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw invalid(
      Object.fromEntries(unknown.map((name) => [name, ['There is no such member, or it cannot be changed.']])),
    )
  const emptied = Object.entries(clientNames).filter(([, onWire]) => members[onWire] === null || members[onWire] === '')
  return { ...fromWire(members), ...Object.fromEntries(emptied.map(([name]) => [name, null])) }
}

/** Does something with a client, and names what is at fault as it was sent. */
export async function namedOnWire<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof RequestRefused) || error.code !== 'invalid' || error.body === undefined) throw error
    throw invalid(Object.fromEntries(Object.entries(error.body).map(([name, faults]) => [onWire(name), faults])))
  }
}

function onWire(name: string): string {
  // Whatever was sent may be a name here, `constructor` as well.
  if (Object.hasOwn(clientNames, name)) return clientNames[name as ClientValueName]
  return name === 'identifier' ? 'client_id' : name === 'secret' ? 'client_secret' : name
}

function invalid(faults: Readonly<Record<string, unknown>>): RequestRefused {
  return new RequestRefused('invalid', undefined, { body: faults })
}

function seconds(time: number): number
function seconds(time: number | null): number | null
function seconds(time: number | null): number | null {
  return time === null ? null : Math.floor(time / 1000)
}
