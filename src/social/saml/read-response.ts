import { attributeOf, childrenOf, elementsOf, textOf } from './parse-xml.ts'
import { samlNames } from './saml-names.ts'
import { samlRefused, shown } from './saml-refused.ts'

/** Where the parts of a response are, and which of them is signed: one at least. Nothing of it was verified yet. */
export interface SamlResponse {
  readonly root: Element
  readonly assertion: Element
  readonly isSigned: boolean
  readonly hasSignedAssertion: boolean
}

/** What a response says outside of its assertion. */
export interface ResponseFacts {
  readonly version: string | null
  readonly destination: string | null
  readonly inResponseTo: string | null
  readonly issuer: string | null
}

/**
 * Looks at the shape of a response before anything is verified. A response that passes has one assertion, where it belongs, and
 * signatures of the response and of that assertion alone, each over the element that it is in: so nothing can be put beside
 * what was signed, in whatever wrapping (the attacks XSW 1 to 8). Throws `ProviderRefused`.
 */
export function readResponse(document: Document): SamlResponse {
  const root = document.documentElement
  if (!isNamed(root, samlNames.protocol, 'Response'))
    throw samlRefused(`It is no SAML response: ${shown(root.localName)}.`)
  const all = elementsOf(root)
  checkStatus(root)
  checkNothingEncrypted(all)
  const assertion = onlyAssertion(root, all)
  checkIds(all)
  const signatures = all.filter(({ localName }) => localName === 'Signature')
  for (const signature of signatures) checkSignature(signature, [root, assertion])
  const signed = signatures.map(({ parentNode }) => parentNode)
  if (signed.length === 0)
    throw samlRefused('Neither the response nor its assertion is signed (SAML Profiles, section 4.1.3.5).')
  if (new Set(signed).size !== signed.length) throw samlRefused('An element has two signatures.')
  return { root, assertion, isSigned: signed.includes(root), hasSignedAssertion: signed.includes(assertion) }
}

export function readFacts(root: Element): ResponseFacts {
  const [issuer] = childrenOf(root, samlNames.assertion, 'Issuer')
  return {
    version: attributeOf(root, 'Version'),
    destination: attributeOf(root, 'Destination'),
    inResponseTo: attributeOf(root, 'InResponseTo'),
    issuer: issuer === undefined ? null : textOf(issuer),
  }
}

/**
 * Core, section 3.2.2.2: everything but success is a refusal. It is believed unsigned, as it lets nobody in, and providers often
 * leave it so.
 */
function checkStatus(root: Element): void {
  const [status] = childrenOf(root, samlNames.protocol, 'Status')
  const [code] = status === undefined ? [] : childrenOf(status, samlNames.protocol, 'StatusCode')
  const value = code === undefined ? null : attributeOf(code, 'Value')
  if (value === samlNames.success) return
  const [second] = code === undefined ? [] : childrenOf(code, samlNames.protocol, 'StatusCode')
  const [message] = status === undefined ? [] : childrenOf(status, samlNames.protocol, 'StatusMessage')
  const said = [
    value,
    second === undefined ? null : attributeOf(second, 'Value'),
    message === undefined ? null : textOf(message),
  ]
  throw samlRefused(
    `The provider answered with a status that is not success: ${
      said
        .filter((one) => one !== null)
        .map(shown)
        .join(', ') || 'none'
    } (SAML Core, section 3.2.2.2).`,
  )
}

function checkNothingEncrypted(all: readonly Element[]): void {
  const encrypted = all.find(({ localName }) => localName.startsWith('Encrypted'))
  if (encrypted === undefined) return
  throw samlRefused(
    `The response has an ${shown(encrypted.localName)}, and Doorward does not decrypt. Switch the encryption of assertions off at the provider; they come over https.`,
  )
}

/** One, in the response itself; none anywhere else, under whatever prefix and in whatever namespace. */
function onlyAssertion(root: Element, all: readonly Element[]): Element {
  const assertions = all.filter(({ localName }) => localName.toLowerCase() === 'assertion')
  const [assertion] = childrenOf(root, samlNames.assertion, 'Assertion')
  if (all.some((one) => one !== root && one.localName.toLowerCase() === 'response')) {
    throw samlRefused('A response is within the response.')
  }
  if (assertions.length === 0) throw samlRefused('The response has no assertion (SAML Profiles, section 4.1.4.2).')
  if (assertions.length > 1) throw samlRefused('The response has more than one assertion.')
  if (assertion === undefined) throw samlRefused('The assertion is not where it belongs (SAML Core, section 3.3.3).')
  return assertion
}

/** Core, section 1.3.4: an id is of one element, so a signature that names it can mean no other. */
function checkIds(all: readonly Element[]): void {
  const seen = new Set<string>()
  for (const element of all) {
    for (const { localName, value } of Array.from(element.attributes)) {
      if (localName.toLowerCase() !== 'id') continue
      if (seen.has(value)) throw samlRefused('Two elements have the same id.')
      seen.add(value)
    }
  }
}

/**
 * Core, section 5.4: a signature is in what it signs, refers to it by its id (5.4.2), and has no transforms but the two of section
 * 5.4.4. Of the algorithms, those with SHA-1 are broken (NIST SP 800-131A).
 */
function checkSignature(signature: Element, places: readonly Element[]): void {
  const place = places.find((one) => one === signature.parentNode)
  if (signature.namespaceURI !== samlNames.signature || place === undefined) {
    throw samlRefused('A signature is not in the response or in its assertion (SAML Core, section 5.4).')
  }
  const parts = elementsOf(signature)
  if (parts.some(({ localName }) => localName === 'Object' || localName === 'Manifest')) {
    throw samlRefused('A signature has other content in it (SAML Core, section 5.4).')
  }
  const named = (name: string): readonly Element[] => parts.filter(({ localName }) => localName === name)
  const only = (name: string): Element => {
    const [one, ...others] = named(name)
    if (one === undefined || others.length > 0 || one.namespaceURI !== samlNames.signature) {
      throw samlRefused(`A signature has not one ${name} (SAML Core, section 5.4.2).`)
    }
    return one
  }
  const [info, reference] = [only('SignedInfo'), only('Reference')]
  only('SignatureValue')
  if (info.parentNode !== signature || reference.parentNode !== info)
    throw samlRefused('A signature is not made as signatures are.')
  const id = attributeOf(place, 'ID')
  if (id === null || id === '' || attributeOf(reference, 'URI') !== `#${id}`) {
    throw samlRefused('A signature is of another element than the one it is in (SAML Core, section 5.4.2).')
  }
  const transforms = named('Transform').map((one) => attributeOf(one, 'Algorithm') ?? '')
  const unknown = transforms.find((one) => !canonical.has(one) && one !== enveloped)
  if (unknown !== undefined || transforms.length > 2) {
    throw samlRefused(`A signature has the transform ${shown(unknown ?? 'thrice')} (SAML Core, section 5.4.4).`)
  }
  if (!transforms.includes(enveloped) || !transforms.some((one) => canonical.has(one))) {
    throw samlRefused(
      'A signature lacks the enveloped or the exclusive canonicalization transform (SAML Core, section 5.4.4).',
    )
  }
  checkAlgorithm('canonicalization', only('CanonicalizationMethod'), canonical)
  checkAlgorithm('signature', only('SignatureMethod'), methods)
  checkAlgorithm('digest', only('DigestMethod'), digests)
}

function checkAlgorithm(what: string, element: Element, known: ReadonlySet<string>): void {
  const algorithm = attributeOf(element, 'Algorithm')
  if (algorithm !== null && known.has(algorithm)) return
  throw samlRefused(
    `The ${what} algorithm ${shown(algorithm)} is not taken. Have the provider sign with RSA and SHA-256, and exclusive canonicalization.`,
  )
}

const enveloped = `${samlNames.signature}enveloped-signature`
const canonical: ReadonlySet<string> = new Set([
  'http://www.w3.org/2001/10/xml-exc-c14n#',
  'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
])
const methods: ReadonlySet<string> = new Set([
  samlNames.rsaSha256,
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
])
const digests: ReadonlySet<string> = new Set([
  'http://www.w3.org/2001/04/xmlenc#sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512',
])

function isNamed(element: Element, namespace: string, name: string): boolean {
  return element.localName === name && element.namespaceURI === namespace
}
