import type { Consumed } from '../../storage/consumed.ts'
import type { ForeignIdentity } from '../foreign-identity.ts'
import type { Provider, ProviderAnswer } from '../provider.ts'
import type { ProviderSettings } from '../provider-settings.ts'
import { checkAssertion, checkResponse, type SamlExpectation } from './check-assertion.ts'
import { decodeResponse } from './decode-response.ts'
import { entityIdOf } from './entity-id.ts'
import { parseXml } from './parse-xml.ts'
import { readResponse } from './read-response.ts'
import { readPerson } from './saml-claims.ts'
import { samlRefused } from './saml-refused.ts'
import { samlRequestUrl } from './saml-request.ts'
import type { SamlSettings } from './saml-settings.ts'
import { verifyResponse } from './verify-response.ts'

export interface SamlProviderOptions {
  readonly settings: ProviderSettings
  readonly saml: SamlSettings
  /** Remembers assertions that were used. */
  readonly consumed: Pick<Consumed, 'spend'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/**
 * A SAML 2.0 identity provider, with this site as a service provider: the Web Browser SSO Profile (Profiles, section 4.1), begun here, with the
 * request by HTTP-Redirect and the response by HTTP-POST. The request's id comes of the nonce of the sign-in, and a response has to name it:
 * so it is of this sign-in, which is used up once. A response that nobody asked for is refused.
 */
export function createSamlProvider({ settings, saml, consumed, clock }: SamlProviderOptions): Provider {
  const { id, issuer, parameters } = settings

  async function identify(answer: ProviderAnswer): Promise<ForeignIdentity> {
    const xml = decodeResponse(answer.parameters.get('SAMLResponse'))
    const expected: SamlExpectation = {
      issuer,
      entityId: entityIdOf(answer.redirectUri),
      acs: answer.redirectUri,
      requestId: requestIdOf(answer.nonce),
      now: clock(),
      freshSince: answer.freshSince ?? null,
    }
    const response = readResponse(parseXml(xml))
    const { facts: outside, assertion } = await verifyResponse(xml, response, saml.certificates)
    checkResponse(outside, response.isSigned, expected)
    const facts = checkAssertion(assertion, expected)
    const { claims, ...person } = readPerson(assertion, facts, saml)
    await spendOnce(facts.id, facts.expiresAt)
    const methods = [...facts.contexts, ...listOf(claims[microsoftMethods])]
    return {
      ...person,
      provider: id,
      issuer,
      emailVerified: person.email !== null && settings.emailsAreVerified,
      amr: saml.secondFactorContexts.some((one) => methods.includes(one)) ? ['mfa'] : [],
      claims: { ...claims, AuthnContextClassRef: facts.contexts },
      tokens: { accessToken: '', refreshToken: null, idToken: null, expiresAt: null, scope: null },
    }
  }

  /** Profiles, section 4.1.4.5: the assertion of a bearer is taken once, for as long as it is good. */
  async function spendOnce(assertionId: string, expiresAt: number): Promise<void> {
    const isFirst = await consumed.spend({ purpose: 'saml assertion', value: [id, issuer, assertionId], expiresAt })
    if (!isFirst) throw samlRefused('The assertion was used before (SAML Profiles, section 4.1.4.5).')
  }

  return {
    settings,
    authorizationUrl: async ({ state, nonce, redirectUri, isFresh = false }) =>
      samlRequestUrl(saml, {
        id: requestIdOf(nonce),
        entityId: entityIdOf(redirectUri),
        acs: redirectUri,
        relayState: state,
        isFresh,
        now: clock(),
        parameters,
      }),
    identify,
    refresh: async () => null,
    check: async () => undefined,
    signOutUrl: async () => null,
  }
}

/** An id begins with no digit (Core, section 1.3.4), and nobody can guess it. */
function requestIdOf(nonce: string): string {
  return `_${nonce}`
}

/** Where Entra ID says it, rather than in the authentication context. */
const microsoftMethods = 'http://schemas.microsoft.com/claims/authnmethodsreferences'

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}
