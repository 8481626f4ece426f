import { clockDifference, formatInstant, instantOf } from './instant.ts'
import { attributeOf, childrenOf, textOf } from './parse-xml.ts'
import type { ResponseFacts } from './read-response.ts'
import { samlNames } from './saml-names.ts'
import { samlRefused, shown } from './saml-refused.ts'

/** What a response has to be for, to be of this sign-in. */
export interface SamlExpectation {
  /** The provider's entity id. */
  readonly issuer: string
  /** Ours. */
  readonly entityId: string
  /** Where responses come to. */
  readonly acs: string
  /** The id of the request that it answers. */
  readonly requestId: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** When the person was to prove who they are again (not asked for). In milliseconds since 1970. */
  readonly freshSince: number | null
}

/** What is to be known of an assertion, once all of it was checked. */
export interface SamlFacts {
  readonly id: string
  /** `null` where its subject has no name. */
  readonly nameId: { readonly value: string; readonly format: string } | null
  /** How they proved who they are there: the classes of authentication contexts. */
  readonly contexts: readonly string[]
  /** Until when it would be taken, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** Checks what the response says outside of the assertion. A message that is not signed can lie here: this only refuses. */
export function checkResponse(
  response: ResponseFacts,
  isSigned: boolean,
  { issuer, acs, requestId }: SamlExpectation,
): void {
  if (response.version !== '2.0')
    throw samlRefused('The Version of the response is not 2.0 (SAML Core, section 3.2.2).')
  // Bindings, section 3.5.5.2: where it is signed, Destination is there; Core, section 3.2.2: where it is there, it is checked.
  if (response.destination === null ? isSigned : response.destination !== acs) {
    throw samlRefused(
      `The Destination is ${shown(response.destination)}, and not ${acs} (SAML Bindings, section 3.5.5.2).`,
    )
  }
  if (response.issuer !== null && response.issuer !== issuer) {
    throw samlRefused(
      `The Issuer of the response is ${shown(response.issuer)}, and not ${issuer} (SAML Profiles, section 4.1.4.2).`,
    )
  }
  if (response.inResponseTo !== requestId) {
    throw samlRefused('The InResponseTo of the response is not the id of this request (SAML Core, section 3.2.2).')
  }
}

/** Checks an assertion, of which every byte was signed, as Profiles, section 4.1.4.3, has it. */
export function checkAssertion(assertion: Element, expected: SamlExpectation): SamlFacts {
  const id = attributeOf(assertion, 'ID') ?? ''
  if (id === '') throw samlRefused('The assertion has no ID (SAML Core, section 2.3.3).')
  if (attributeOf(assertion, 'Version') !== '2.0')
    throw samlRefused('The Version of the assertion is not 2.0 (SAML Core, section 2.3.3).')
  checkIssuer(assertion, expected)
  const subject = part(assertion, 'Subject')
  const confirmedUntil = checkConfirmation(subject, expected)
  const until = checkConditions(assertion, expected)
  const contexts = checkStatements(assertion, expected)
  return { id, nameId: nameIdOf(subject), contexts, expiresAt: Math.min(confirmedUntil, until) + clockDifference }
}

/** Core, section 2.3.3, and Profiles, section 4.1.4.2: the issuer is the provider, by the identifier that was agreed on. */
function checkIssuer(assertion: Element, { issuer }: SamlExpectation): void {
  const given = textOf(part(assertion, 'Issuer'))
  if (given !== issuer) {
    throw samlRefused(`The Issuer of the assertion is ${shown(given)}, and not ${issuer} (SAML Core, section 2.3.3).`)
  }
}

/**
 * Profiles, section 4.1.4.2: one confirmation of a bearer at least, for our address (Recipient), for this request (InResponseTo), and not over
 * (NotOnOrAfter). One that is good will do. Gives until when it is.
 */
function checkConfirmation(subject: Element, { acs, requestId, now }: SamlExpectation): number {
  const bearers = childrenOf(subject, samlNames.assertion, 'SubjectConfirmation').filter(
    (one) => attributeOf(one, 'Method') === samlNames.bearer,
  )
  if (bearers.length === 0)
    throw samlRefused('The subject has no confirmation of a bearer (SAML Profiles, section 4.1.4.2).')
  const faults = bearers.map((one) => {
    const data = part(one, 'SubjectConfirmationData')
    const [recipient, until] = [attributeOf(data, 'Recipient'), attributeOf(data, 'NotOnOrAfter')]
    if (recipient !== acs) return `The Recipient is ${shown(recipient)}, and not ${acs}`
    if (attributeOf(data, 'InResponseTo') !== requestId)
      return 'The InResponseTo of the subject is not the id of this request'
    if (until === null) return 'The confirmation of the subject has no NotOnOrAfter'
    return outside(data, now) ?? instantOf(until)
  })
  const until = faults.find((one) => typeof one === 'number')
  if (until !== undefined) return until
  throw samlRefused(`${faults[0]} (SAML Profiles, section 4.1.4.2).`)
}

/** Core, section 2.5.1: each condition has to hold, and one that is not understood does not. Gives until when they do. */
function checkConditions(assertion: Element, { entityId, now }: SamlExpectation): number {
  const conditions = part(assertion, 'Conditions')
  const fault = outside(conditions, now)
  if (fault !== null) throw samlRefused(`${fault} (SAML Core, section 2.5.1.2).`)
  const all = childrenOf(conditions)
  const unknown = all.find(
    ({ namespaceURI, localName }) => namespaceURI !== samlNames.assertion || !understood.has(localName),
  )
  if (unknown !== undefined)
    throw samlRefused(`The condition ${shown(unknown.localName)} is not understood (SAML Core, section 2.5.1.1).`)
  const restrictions = all.filter(({ localName }) => localName === 'AudienceRestriction')
  if (restrictions.length === 0)
    throw samlRefused('The assertion has no AudienceRestriction (SAML Profiles, section 4.1.4.2).')
  for (const restriction of restrictions) {
    const audiences = childrenOf(restriction, samlNames.assertion, 'Audience').map(textOf)
    if (audiences.includes(entityId)) continue
    throw samlRefused(
      `The Audience is ${shown(audiences.join(' '))}, and not ${entityId} (SAML Core, section 2.5.1.4).`,
    )
  }
  const until = attributeOf(conditions, 'NotOnOrAfter')
  return until === null ? Number.POSITIVE_INFINITY : instantOf(until)
}

/** `OneTimeUse` and `ProxyRestriction` ask for what is so for every assertion here: it is used once, and makes no other. */
const understood: ReadonlySet<string> = new Set(['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction'])

/** Profiles, section 4.1.4.2: one statement at least that they signed in there; Core, section 2.7.2: none of them is over. */
function checkStatements(assertion: Element, { now, freshSince }: SamlExpectation): readonly string[] {
  const statements = childrenOf(assertion, samlNames.assertion, 'AuthnStatement')
  if (statements.length === 0)
    throw samlRefused('The assertion has no AuthnStatement (SAML Profiles, section 4.1.4.2).')
  return statements.flatMap((statement) => {
    const [at, end] = [attributeOf(statement, 'AuthnInstant'), attributeOf(statement, 'SessionNotOnOrAfter')]
    if (at === null) throw samlRefused('The AuthnStatement has no AuthnInstant (SAML Core, section 2.7.2).')
    if (instantOf(at) > now + clockDifference)
      throw samlRefused(`The AuthnInstant is to come, at ${shown(at)} (SAML Core, section 2.7.2).`)
    if (end !== null && instantOf(end) + clockDifference <= now) {
      throw samlRefused(`The session there ended at ${shown(end)} (SAML Core, section 2.7.2).`)
    }
    // Core, section 3.4.1: with ForceAuthn they prove it anew, and do not go by what they did before.
    if (freshSince !== null && instantOf(at) < freshSince - clockDifference) {
      throw samlRefused('ForceAuthn was asked for, and the AuthnInstant is from before (SAML Core, section 3.4.1).')
    }
    return childrenOf(statement, samlNames.assertion, 'AuthnContext')
      .flatMap((context) => childrenOf(context, samlNames.assertion, 'AuthnContextClassRef'))
      .map((reference) => textOf(reference)?.trim() ?? '')
  })
}

/** Core, section 2.4.1: one name at most. */
function nameIdOf(subject: Element): SamlFacts['nameId'] {
  const [nameId, ...others] = childrenOf(subject, samlNames.assertion, 'NameID')
  if (others.length > 0) throw samlRefused('The subject has two names (SAML Core, section 2.4.1).')
  const value = nameId === undefined ? null : textOf(nameId)
  if (nameId === undefined || value === null) return null
  return { value, format: attributeOf(nameId, 'Format') ?? samlNames.unspecified }
}

/** What is wrong with the time now, as an element with NotBefore and NotOnOrAfter has it; `null`: nothing. */
function outside(element: Element, now: number): string | null {
  const [from, until] = [attributeOf(element, 'NotBefore'), attributeOf(element, 'NotOnOrAfter')]
  const here = `here it is ${formatInstant(now)}`
  if (from !== null && instantOf(from) - clockDifference > now)
    return `The assertion is not good before ${shown(from)}; ${here}`
  if (until !== null && instantOf(until) + clockDifference <= now)
    return `The assertion was good until ${shown(until)}; ${here}`
  return null
}

function part(element: Element, name: string): Element {
  const [one, ...others] = childrenOf(element, samlNames.assertion, name)
  if (one !== undefined && others.length === 0) return one
  throw samlRefused(`There is not one ${name} in the ${shown(element.localName)} (SAML Profiles, section 4.1.4.2).`)
}
