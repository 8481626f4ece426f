import { childrenOf, parseXml } from './parse-xml.ts'
import { type ResponseFacts, readFacts, type SamlResponse } from './read-response.ts'
import { samlNames } from './saml-names.ts'
import { samlRefused } from './saml-refused.ts'

/** A response as it was signed. */
export interface VerifiedResponse {
  /** What stands outside of the assertion; where the response itself is not signed, anybody may have written it. */
  readonly facts: ResponseFacts
  /** Every byte of it was signed. */
  readonly assertion: Element
}

/**
 * Verifies each signature of a response that `readResponse` let pass, by certificates in PEM, one of which has to have made it; what a message brings in
 * `KeyInfo` is never looked at. What it gives is made anew of the very bytes that were signed, so that nothing else can be read for
 * them. Rejects with `ProviderRefused`.
 */
export async function verifyResponse(
  xml: string,
  { root, assertion, isSigned, hasSignedAssertion }: SamlResponse,
  certificates: readonly string[],
): Promise<VerifiedResponse> {
  const { SignedXml } = await import('xml-crypto')

  function signedBytes(element: Element): string {
    const [signature] = childrenOf(element, samlNames.signature, 'Signature')
    for (const publicCert of certificates) {
      const signed = new SignedXml({ publicCert, getCertFromKeyInfo: () => null })
      // Refused before already: what is not there cannot be asked for.
      delete signed.SignatureAlgorithms[`${samlNames.signature}rsa-sha1`]
      delete signed.HashAlgorithms[`${samlNames.signature}sha1`]
      try {
        signed.loadSignature(signature as Node)
        const isGood = signed.checkSignature(xml)
        const [bytes, ...others] = signed.getSignedReferences()
        if (isGood && bytes !== undefined && others.length === 0) return bytes
      } catch {
        // By another one, perhaps.
      }
    }
    throw samlRefused(
      `The signature of the ${element.localName} is no good: what was sent was changed, or was signed with no certificate of the settings (SAML Core, section 5).`,
    )
  }

  const signedResponse = isSigned ? parseXml(signedBytes(root)).documentElement : null
  if (hasSignedAssertion) {
    return { facts: readFacts(signedResponse ?? root), assertion: parseXml(signedBytes(assertion)).documentElement }
  }
  const [signedAssertion] = signedResponse === null ? [] : childrenOf(signedResponse, samlNames.assertion, 'Assertion')
  if (signedResponse === null || signedAssertion === undefined)
    throw samlRefused('The response holds no assertion that was signed.')
  return { facts: readFacts(signedResponse), assertion: signedAssertion }
}
