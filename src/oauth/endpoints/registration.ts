import { AuthError } from '../../core/errors.ts'
import { equalBytes } from '../../crypto/compare.ts'
import { digest } from '../../crypto/digest.ts'
import type { Answer, Endpoint, Exchange } from '../../http/exchange.ts'
import type { JsonObject } from '../../http/json.ts'
import { requestedBy } from '../../http/requested-by.ts'
import type { TokenFormat } from '../../tokens/format.ts'
import type { CheckSectorIdentifier } from '../checks/sector-identifier.ts'
import type { OAuthClient } from '../client.ts'
import type { ClientFinder } from '../client-finder.ts'
import { clientRecord } from '../client-record.ts'
import type { CheckedClient } from '../client-values.ts'
import { administrativeNames, type AdministrativeName, fromWire, registrableNames } from '../client-wire.ts'
import type { Clients } from '../clients.ts'
import { OAuthError } from '../oauth-error.ts'
import {
  bearerToken,
  invalidRegistrationToken,
  registeredAnswer,
  registrationEndpoint,
  sentMetadata,
} from '../registration-answer.ts'
import { checkedSelfRegistration, givenOf, type SelfRegistrationRules } from '../self-registration.ts'

export interface RegistrationEndpointOptions {
  readonly clients: Pick<Clients, 'replace' | 'delete'>
  readonly findClient: ClientFinder
  readonly format: Pick<TokenFormat, 'parse'>
  readonly checkSectorIdentifier: CheckSectorIdentifier
  /** What clients get that register by themselves. */
  readonly selfRegistration: SelfRegistrationRules
  /** Where the registration of a client is managed. */
  readonly managedAt: (clientId: string) => string
  /** Of the challenge (api). */
  readonly realm?: string
}

/** A client that showed the token that manages its registration. */
interface Manager {
  readonly client: OAuthClient
  readonly token: string
  readonly digest: Uint8Array
}

/** `GET`, `PUT` and `DELETE` `/o/register/<client_id>/` (RFC 7592, section 2): a client manages its own registration. */
export function registrationEndpoints(
  options: RegistrationEndpointOptions,
): Readonly<Record<'GET' | 'PUT' | 'DELETE', Endpoint>> {
  const { clients, findClient, format, checkSectorIdentifier, selfRegistration, managedAt, realm = 'api' } = options

  /** RFC 7592, section 2: 401 whether the client is gone, disabled, or another's; so nobody learns which there are. */
  async function manager(request: Exchange): Promise<Manager> {
    const shown = bearerToken(request)
    const token = shown === null ? null : format.parse(shown)
    const client = token?.kind === 'reg' ? await findClient(clientIdIn(request)) : null
    const known = client?.source === 'dynamic' && client.isActive ? client.row.registration_digest : null
    if (shown === null || token === null || client === null || known === null || !equalBytes(known, token.digest)) {
      throw invalidRegistrationToken(realm, shown !== null)
    }
    return { client, token: shown, digest: token.digest }
  }

  /** What changes it counts only while its token is still the one that was shown. */
  async function changed<Result>(work: Promise<Result>): Promise<Result> {
    return work.catch((error: unknown) => {
      const isGone = error instanceof AuthError && error.code === 'not_found'
      throw isGone ? invalidRegistrationToken(realm, true) : error
    })
  }

  const manage = (answer: (request: Exchange, of: Manager) => Promise<Answer>): Endpoint =>
    registrationEndpoint(async (request) => answer(request, await manager(request)))

  return {
    GET: manage(async (_request, { client, token }) => {
      const shown = { client: clientRecord(client.row), managedAt: managedAt(client.id) }
      return registeredAnswer({ ...shown, registrationToken: token, secret: null }, 200)
    }),
    PUT: manage(async (request, of) => {
      const sent = await sentMetadata(request)
      checkItself(sent, of.client)
      const given = fromWire(sent, registrableNames)
      const checked = checkedSelfRegistration(given, selfRegistration)
      await checkSectorIdentifier(checked.metadata)
      // What an administrator has decided about it meanwhile stays.
      const values = { ...decidedOf(of.client, checked), ...givenOf(checked) }
      const by = { actor: `client:${of.client.id}`, ...requestedBy(request) }
      const rules = { allowLocalhost: true }
      const { client, secret, registrationToken } = await changed(
        clients.replace(of.client.id, values, { by, rules, registration: of.digest }),
      )
      const shown = { client, secret, managedAt: managedAt(client.id), registrationToken: registrationToken ?? '' }
      return registeredAnswer(shown, 200)
    }),
    DELETE: manage(async (request, { client, digest: registration }) => {
      const by = { actor: `client:${client.id}`, ...requestedBy(request) }
      await changed(clients.delete(client.id, { by, registration }))
      return { status: 204, headers: [['cache-control', 'no-store']], body: '' }
    }),
  }
}

/** RFC 7592, section 2.2: what has to be in the request, and what must not. */
function checkItself(sent: JsonObject, client: OAuthClient): void {
  if (sent['client_id'] !== client.id) throw faulty('The client_id has to be that of the client.')
  for (const name of mustNot) if (Object.hasOwn(sent, name)) throw faulty(`The metadata must not hold ${name}.`)
  const secret = sent['client_secret']
  if (secret === undefined) return
  const shown = digest(typeof secret === 'string' ? secret : '')
  const { secret_digest: current, next_secret_digest: next } = client.row
  const isTheirs = [current, next].some((known) => known !== null && equalBytes(known, shown))
  // A client cannot choose its secret.
  if (!isTheirs) throw faulty('The client_secret has to be that of the client, or left out.')
}

const mustNot = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
] as const

/**
 * That people are not asked was decided for the addresses that the client had: whoever gets hold of its registration token must
 * not lead their answers elsewhere unseen (RFC 7592, section 5).
 */
function decidedOf(
  { metadata }: OAuthClient,
  { metadata: { redirectUris = [] } }: CheckedClient,
): Partial<Record<AdministrativeName, unknown>> {
  const isElsewhere = redirectUris.some((uri) => metadata.redirectUris?.includes(uri) !== true)
  const names = (Object.keys(administrativeNames) as AdministrativeName[])
    .filter((name) => metadata[name] !== undefined)
    .filter((name) => !(isElsewhere && name === 'consent' && metadata.consent === 'never'))
  return Object.fromEntries(names.map((name) => [name, metadata[name]]))
}

/** The last part of the path, with or without a slash behind it. */
function clientIdIn({ url }: Exchange): string {
  const [path = ''] = url.split(/[?#]/)
  const [, id = ''] = /\/register\/([^/]+)\/?$/.exec(path) ?? []
  return id
}

function faulty(description: string): OAuthError {
  return new OAuthError('invalid_client_metadata', description)
}
