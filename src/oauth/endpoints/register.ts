import type { Endpoint, Exchange } from '../../http/exchange.ts'
import { requestedBy } from '../../http/requested-by.ts'
import type { CheckSectorIdentifier } from '../checks/sector-identifier.ts'
import { fromWire, registrableNames } from '../client-wire.ts'
import type { Clients } from '../clients.ts'
import {
  bearerToken,
  invalidRegistrationToken,
  registeredAnswer,
  registrationEndpoint,
  sentMetadata,
} from '../registration-answer.ts'
import type { RegistrationToken, RegistrationTokens } from '../registration-tokens.ts'
import { checkedSelfRegistration, givenOf, type SelfRegistrationRules } from '../self-registration.ts'

export interface RegisterEndpointOptions {
  readonly clients: Pick<Clients, 'create'>
  readonly registrationTokens: Pick<RegistrationTokens, 'find' | 'use'>
  readonly checkSectorIdentifier: CheckSectorIdentifier
  /** What clients get that register by themselves. */
  readonly selfRegistration: SelfRegistrationRules
  /** Whether an initial access token is needed, or anyone may register. */
  readonly registration: 'token' | 'open'
  /** Throws `Throttled` where too many come from one address (nobody is slowed down). */
  readonly registrationThrottle?: ((request: Exchange) => Promise<void>) | undefined
  /** Where the registration of a client is managed. */
  readonly managedAt: (clientId: string) => string
  /** Of the challenge (api). */
  readonly realm?: string
}

/** `POST /o/register/` (RFC 7591, section 3): a client registers by itself. */
export function registerEndpoint(options: RegisterEndpointOptions): Endpoint {
  const { clients, registrationTokens, checkSectorIdentifier, selfRegistration, registration, managedAt } = options
  const { registrationThrottle: throttle, realm = 'api' } = options

  /** RFC 7591, section 3: the initial access token says who may. */
  async function initialAccess(request: Exchange): Promise<RegistrationToken | null> {
    if (registration === 'open') return null
    const shown = bearerToken(request)
    const token = shown === null ? null : await registrationTokens.find(shown)
    if (token === null) throw invalidRegistrationToken(realm, shown !== null)
    return token
  }

  return registrationEndpoint(async (request) => {
    await throttle?.(request)
    const initial = await initialAccess(request)
    const given = fromWire(await sentMetadata(request), registrableNames)
    const checked = checkedSelfRegistration(given, selfRegistration)
    await checkSectorIdentifier(checked.metadata)
    const made = await clients.create(givenOf(checked), {
      source: 'dynamic',
      isSelfManaged: true,
      rules: { allowLocalhost: true },
      by: { actor: initial === null ? 'anonymous' : `registration_token:${initial.id}`, ...requestedBy(request) },
      alongside: async (unit) => {
        if (initial === null || (await registrationTokens.use(unit, initial.id))) return
        throw invalidRegistrationToken(realm, true)
      },
    })
    const { client, secret, registrationToken } = made
    const shown = { client, secret, registrationToken: registrationToken ?? '', managedAt: managedAt(client.id) }
    return registeredAnswer(shown, 201)
  })
}
