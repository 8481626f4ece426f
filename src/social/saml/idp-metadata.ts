import { attributeOf, childrenOf, parseXml, textOf } from './parse-xml.ts'
import { samlNames } from './saml-names.ts'
import { samlRefused, shown } from './saml-refused.ts'

/** What a provider says of itself. What it does not say is not there. */
export interface IdpMetadata {
  readonly issuer: string | undefined
  readonly entryPoint: string | undefined
  /** In base64, as they stand there. */
  readonly certificates: readonly string[] | undefined
}

/**
 * Reads the metadata of a provider (Metadata, sections 2.3.2 and 2.4.3): its entity id, where it takes requests by HTTP-Redirect, and what it
 * signs with. Whoever gives it vouches for it: a signature of its own is not looked at. Throws `ProviderRefused`.
 */
export function readIdpMetadata(text: string): IdpMetadata {
  const root = parseXml(text, { hasComments: true }).documentElement
  if (root.localName !== 'EntityDescriptor' || root.namespaceURI !== samlNames.metadata) {
    throw samlRefused(`It is an ${shown(root.localName)}, and not the EntityDescriptor of one provider.`)
  }
  const [idp, ...others] = childrenOf(root, samlNames.metadata, 'IDPSSODescriptor')
  if (idp === undefined || others.length > 0) throw samlRefused('It has not one IDPSSODescriptor.')
  const entryPoint = childrenOf(idp, samlNames.metadata, 'SingleSignOnService').find(
    (one) => attributeOf(one, 'Binding') === samlNames.redirect,
  )
  if (entryPoint === undefined) throw samlRefused('It has no SingleSignOnService by HTTP-Redirect.')
  const certificates = childrenOf(idp, samlNames.metadata, 'KeyDescriptor')
    .filter((one) => attributeOf(one, 'use') !== 'encryption')
    .flatMap((one) => childrenOf(one, samlNames.signature, 'KeyInfo'))
    .flatMap((one) => childrenOf(one, samlNames.signature, 'X509Data'))
    .flatMap((one) => childrenOf(one, samlNames.signature, 'X509Certificate'))
    .map((one) => textOf(one) ?? '')
  return {
    issuer: attributeOf(root, 'entityID') ?? undefined,
    entryPoint: attributeOf(entryPoint, 'Location') ?? undefined,
    certificates: certificates.length === 0 ? undefined : certificates,
  }
}
