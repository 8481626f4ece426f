import { samlRefused } from './saml-refused.ts'

/** The XML of a form's SAMLResponse, which is base64 (Bindings, section 3.5.4). */
export function decodeResponse(value: string | null): string {
  const plain = value?.replaceAll(/\s/g, '') ?? ''
  if (plain === '') throw samlRefused('The form has no SAMLResponse (SAML Bindings, section 3.5.4).')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(plain))
    throw samlRefused('The SAMLResponse is not base64 (SAML Bindings, section 3.5.4).')
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(plain, 'base64'))
    // XML 1.0, section 2.11: the end of a line is one character.
    return text.replaceAll(/\r\n?/g, '\n')
  } catch {
    throw samlRefused('The SAMLResponse is not UTF-8.')
  }
}
