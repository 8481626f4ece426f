import { createPrivateKey, X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { ProviderRefused } from '../provider-refused.ts'
import { type IdpMetadata, readIdpMetadata } from './idp-metadata.ts'
import { samlNames } from './saml-names.ts'

/** What a SAML 2.0 identity provider needs to be known by, beside what every provider has. */
export interface SamlSettings {
  /** Where it takes requests to sign somebody in, by HTTP-Redirect. */
  readonly entryPoint: string
  /** What it signs with, in PEM: more than one while it changes over. A signature by one of them counts. */
  readonly certificates: readonly string[]
  /** What the subject's name is asked for to be (it is not asked for): a format of Core, section 8.3. */
  readonly nameIdFormat: string | null
  /** Which attribute is what; `null`: those that are usual. */
  readonly attributes: SamlAttributes
  /** Which classes of authentication contexts stand for a second factor. */
  readonly secondFactorContexts: readonly string[]
  /** What requests are signed with (they are not). */
  readonly signing: SamlSigningKey | null
}

/** Names of attributes. `subject` has no usual one: without it, people are known by the NameID. */
export interface SamlAttributes {
  readonly subject: string | null
  readonly email: string | null
  readonly name: string | null
  readonly givenName: string | null
  readonly familyName: string | null
  readonly handle: string | null
  readonly groups: string | null
}

export interface SamlSigningKey {
  /** PEM, RSA. */
  readonly privateKey: string
  /** PEM: what the metadata tells of it. */
  readonly certificate: string
}

/** The settings of a provider that SAML alone has, as they are written. */
export interface SamlEntry {
  readonly metadata: string | undefined
  readonly entryPoint: string | undefined
  readonly certificates: readonly string[] | undefined
  readonly certificate: string | undefined
  readonly nameIdFormat: string | undefined
  readonly attributes: SamlAttributes | undefined
  readonly secondFactorContexts: readonly string[] | undefined
}

const text = z.string().min(1)
const name = text.nullable().default(null)

export const samlEntry: { readonly [Option in keyof SamlEntry]: z.ZodType<SamlEntry[Option]> } = {
  metadata: text.optional(),
  entryPoint: text.optional(),
  certificates: z.union([text.transform((one) => [one]), z.array(text)], 'certificates are texts in PEM').optional(),
  certificate: text.optional(),
  nameIdFormat: text.optional(),
  attributes: z
    .strictObject({ subject: name, email: name, name, givenName: name, familyName: name, handle: name, groups: name })
    .optional(),
  secondFactorContexts: z.array(text).optional(),
}

/** Whether any of them is set. */
export function hasSamlEntry(given: SamlEntry): boolean {
  return Object.keys(samlEntry).some((option) => given[option as keyof SamlEntry] !== undefined)
}

/** Reads them. `fault` makes an error of a sentence that says what is wrong, and never what was given as a key. */
export function samlSettingsOf(
  given: SamlEntry & { readonly issuer?: string | undefined; readonly privateKey?: string | undefined },
  fault: (sentence: string) => Error,
): { readonly issuer: string; readonly saml: SamlSettings } {
  const told = metadataOf(given.metadata, fault)
  const { nameIdFormat, attributes, secondFactorContexts, privateKey, certificate } = given
  const { issuer = told.issuer, entryPoint = told.entryPoint, certificates = told.certificates ?? [] } = given
  if (issuer === undefined) {
    throw fault(
      'SAML needs issuer: the entityID in the metadata of the provider, to the letter; or all of its metadata',
    )
  }
  if (told.issuer !== undefined && issuer !== told.issuer) throw fault('issuer is not the entityID of metadata')
  if (entryPoint === undefined) {
    throw fault(
      'SAML needs entryPoint: the address for sign-in requests (HTTP-Redirect) in the metadata of the provider',
    )
  }
  if (!URL.canParse(entryPoint) || !reachable.test(entryPoint)) throw fault('entryPoint has to be an https address')
  if (certificates.length === 0) throw fault('SAML needs certificates: what the provider signs with, in PEM')
  const saml = {
    entryPoint,
    certificates: certificates.map((pem) => certificateOf(pem, fault).toString()),
    nameIdFormat: nameIdFormat === undefined ? null : (formats.get(nameIdFormat) ?? nameIdFormat),
    attributes: { ...noAttributes, ...attributes },
    secondFactorContexts: secondFactorContexts ?? usualSecondFactors,
    signing: (privateKey ?? certificate) === undefined ? null : signingKeyOf(privateKey, certificate, fault),
  }
  return { issuer, saml }
}

/** Over https; in development it may be on this machine. */
const reachable = /^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/|$))/

function metadataOf(metadata: string | undefined, fault: (sentence: string) => Error): IdpMetadata {
  if (metadata === undefined) return { issuer: undefined, entryPoint: undefined, certificates: undefined }
  try {
    return readIdpMetadata(metadata)
  } catch (error) {
    if (!(error instanceof ProviderRefused)) throw error
    throw fault(`metadata has to be the text of the provider's metadata. ${error.forStaff}`)
  }
}

const noAttributes: SamlAttributes = {
  subject: null,
  email: null,
  name: null,
  givenName: null,
  familyName: null,
  handle: null,
  groups: null,
}

/** The short names that may be written for them. */
const formats: ReadonlyMap<string, string> = new Map([
  ['persistent', samlNames.persistent],
  ['emailAddress', samlNames.emailAddress],
  ['unspecified', samlNames.unspecified],
])

/** REFEDS MFA, Microsoft's, and those of Authentication Context, sections 3.4, that have two factors by their definition. */
const usualSecondFactors = [
  'https://refeds.org/profile/mfa',
  'http://schemas.microsoft.com/claims/multipleauthn',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI',
]

/** Of RSA, as XML signatures are here, with 2048 bits at least (NIST SP 800-131A). The bare base64 of metadata is taken too. */
function certificateOf(pem: string, fault: (sentence: string) => Error): X509Certificate {
  const read = certificateIn(pem)
  if (read === null) throw fault('a certificate has to be in PEM, one each, of an RSA key of 2048 bits at least')
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details } = read.publicKey
  if (type !== 'rsa') {
    throw fault(
      `a certificate is of a key of ${type === 'ec' ? 'elliptic curves (ECDSA)' : `the type ${type}`}, which is not taken: have the provider sign with RSA, and give its certificate`,
    )
  }
  const bits = details?.modulusLength ?? 0
  if (bits < 2048) throw fault(`a certificate is of an RSA key of ${bits} bits: it has to have 2048 at least`)
  return read
}

function certificateIn(pem: string): X509Certificate | null {
  try {
    const bare = /^[A-Za-z0-9+/=\s]+$/.test(pem)
    return new X509Certificate(bare ? Buffer.from(pem, 'base64') : pem)
  } catch {
    return null
  }
}

function signingKeyOf(
  privateKey: string | undefined,
  certificate: string | undefined,
  fault: (sentence: string) => Error,
): SamlSigningKey {
  if (privateKey === undefined || certificate === undefined) {
    throw fault('to sign requests, SAML needs both privateKey and certificate')
  }
  const read = certificateOf(certificate, fault)
  try {
    if (read.checkPrivateKey(createPrivateKey(privateKey))) return { privateKey, certificate: read.toString() }
  } catch {
    // Said below, without what was given.
  }
  throw fault('privateKey has to be the key of certificate, in PEM')
}
