import { X509Certificate } from 'node:crypto'
import { escapeXml } from './escape-xml.ts'
import { samlNames } from './saml-names.ts'
import type { SamlSettings } from './saml-settings.ts'

/** What a provider has to know of this site: its metadata as a service provider (Metadata, section 2.4.4). */
export function spMetadata(
  { signing, nameIdFormat }: Pick<SamlSettings, 'signing' | 'nameIdFormat'>,
  { entityId, acs }: { readonly entityId: string; readonly acs: string },
): string {
  const key =
    signing === null
      ? ''
      : `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="${samlNames.signature}"><ds:X509Data><ds:X509Certificate>` +
        `${new X509Certificate(signing.certificate).raw.toString('base64')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<md:EntityDescriptor xmlns:md="${samlNames.metadata}" entityID="${escapeXml(entityId)}">` +
    `<md:SPSSODescriptor AuthnRequestsSigned="${signing !== null}" WantAssertionsSigned="true" protocolSupportEnumeration="${samlNames.protocol}">` +
    `${key}<md:NameIDFormat>${escapeXml(nameIdFormat ?? samlNames.persistent)}</md:NameIDFormat>` +
    `<md:AssertionConsumerService Binding="${samlNames.post}" Location="${escapeXml(acs)}" index="0" isDefault="true"/>` +
    `</md:SPSSODescriptor></md:EntityDescriptor>\n`
  )
}
