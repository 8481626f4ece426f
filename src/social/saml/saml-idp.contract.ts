import 'reflect-metadata'
import assert from 'node:assert/strict'
import { inflateRawSync } from 'node:zlib'
import { cryptoProvider, X509CertificateGenerator } from '@peculiar/x509'
import { SignedXml } from 'xml-crypto'
import { openSite, type Site, type SiteOptions, type Visited, type Visitor, visitor } from '../social.contract.ts'
import { escapeXml } from './escape-xml.ts'
import { samlNames } from './saml-names.ts'

export const entityId = 'https://idp.acme.example/metadata'
const entryPoint = 'https://idp.acme.example/sso'

/** A key with a certificate of its own, in PEM. */
export interface SamlKey {
  readonly privateKey: string
  readonly certificate: string
}

/** `kind`: of RSA with so many bits, or of an elliptic curve, as is not taken. */
export async function samlKey({
  days = 365,
  from = Date.now(),
  kind = 2048,
}: { days?: number; from?: number; kind?: number | 'ec' } = {}): Promise<SamlKey> {
  cryptoProvider.set(crypto)
  const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]) }
  const curve = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const algorithm = kind === 'ec' ? curve : rsa
  const keys =
    kind === 'ec'
      ? await crypto.subtle.generateKey(curve, true, ['sign', 'verify'])
      : await crypto.subtle.generateKey({ ...rsa, modulusLength: kind }, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=idp.acme.example',
    keys,
    notBefore: new Date(from),
    notAfter: new Date(from + days * 86_400_000),
    signingAlgorithm: algorithm,
  })
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return { privateKey: pem('PRIVATE KEY', der), certificate: certificate.toString('pem') }
}

function pem(label: string, base64: string): string {
  return `-----BEGIN ${label}-----\n${base64.replaceAll(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`
}

/** One for all tests of a file: making one takes a while. */
export const key: SamlKey = await samlKey()
export const strangeKey: SamlKey = await samlKey()

/** The settings for it. */
export function samlProvider(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const own = {
    id: 'acme',
    preset: 'saml',
    name: 'Acme',
    issuer: entityId,
    entryPoint,
    certificates: [key.certificate],
  }
  return { ...own, createAccounts: true, ...more }
}

export async function openSamlSite(
  more: Readonly<Record<string, unknown>> = {},
  options: SiteOptions = {},
): Promise<Site> {
  const settings = { signInStartsPerAddress: null, ...options.settings, signInProviders: [samlProvider(more)] }
  return openSite({ ...options, settings })
}

/** A request as it came to the provider. */
export interface SamlAsked {
  readonly id: string
  readonly acs: string
  readonly issuer: string
  readonly relayState: string
  /** What time it is at the site, to the second, in milliseconds since 1970. */
  readonly now: number
  readonly xml: string
  readonly url: URL
}

/** Begins a sign-in, and goes as far as the provider. */
export async function ask(site: Site, who: Visitor, query = '?fresh=1'): Promise<SamlAsked> {
  who.stopAt = entryPoint
  const { url, text } = await who.continueWith(site, 'acme', query)
  who.stopAt = null
  assert.equal(url.origin + url.pathname, entryPoint, text)
  return readRequest(url)
}

export function readRequest(url: URL): SamlAsked {
  const xml = inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
  const attribute = (name: string): string => new RegExp(` ${name}="([^"]*)"`).exec(xml)?.[1] ?? ''
  return {
    id: attribute('ID'),
    acs: attribute('AssertionConsumerServiceURL'),
    issuer: /<saml:Issuer>([^<]*)</.exec(xml)?.[1] ?? '',
    relayState: url.searchParams.get('RelayState') ?? '',
    now: Date.parse(attribute('IssueInstant')),
    xml,
    url,
  }
}

/** What a response says. Parts can be replaced by others, and left out with `null`. */
export interface SamlSaid {
  readonly now: number
  readonly inResponseTo: string | null
  readonly destination: string | null
  readonly responseIssuer: string | null
  readonly status: string
  readonly assertionId: string
  readonly issuer: string
  readonly nameId: string
  readonly nameIdFormat: string
  readonly confirmation: string
  readonly conditions: string
  readonly statement: string
  readonly attributes: Readonly<Record<string, readonly string[]>>
  /** The assertion as it is, before it is signed. */
  readonly assertion: string
}

let count = 0

/** An honest response to a request, not signed; each part can be another one. */
export function said(asked: SamlAsked, more: Partial<SamlSaid> = {}): SamlSaid {
  count += 1
  const now = more.now ?? asked.now
  const issuer = more.issuer ?? entityId
  const base = {
    now,
    issuer,
    inResponseTo: asked.id,
    destination: asked.acs,
    responseIssuer: issuer,
    status: `<samlp:Status><samlp:StatusCode Value="${samlNames.success}"/></samlp:Status>`,
    assertionId: `_assertion${count}`,
    nameId: 'person-1',
    nameIdFormat: samlNames.persistent,
    confirmation: confirmation({ recipient: asked.acs, inResponseTo: asked.id, until: at(now + 300_000) }),
    conditions: conditions({ audience: asked.issuer, from: at(now - 5000), until: at(now + 300_000) }),
    statement: statement({ at: at(now) }),
    attributes: { mail: ['ada@example.org'], displayName: ['Ada Lovelace'], groups: ['eng', 'all'] },
    ...more,
  }
  return { ...base, assertion: more.assertion ?? assertionOf(base) }
}

/** A time as SAML writes it. */
export function at(time: number): string {
  return new Date(time).toISOString()
}

/** An attribute of XML, or nothing. */
const attribute = (name: string, value: string | null | undefined): string =>
  value === null || value === undefined ? '' : ` ${name}="${escapeXml(value)}"`

export interface Confirmed {
  readonly recipient: string | null
  readonly inResponseTo: string | null
  readonly until: string | null
  readonly method?: string
  readonly from?: string
}

export function confirmation({ recipient, inResponseTo, until, method = samlNames.bearer, from }: Confirmed): string {
  const data = attribute('Recipient', recipient) + attribute('InResponseTo', inResponseTo)
  return `<saml:SubjectConfirmation Method="${method}"><saml:SubjectConfirmationData${data}${attribute('NotOnOrAfter', until)}${attribute('NotBefore', from)}/></saml:SubjectConfirmation>`
}

export function conditions({ audience, from, until, more = '' }: Record<string, string | null>): string {
  const restriction =
    audience === null
      ? ''
      : `<saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction>`
  return `<saml:Conditions${attribute('NotBefore', from)}${attribute('NotOnOrAfter', until)}>${restriction}${more}</saml:Conditions>`
}

export interface Stated {
  readonly at: string | null
  readonly end?: string
  readonly context?: string
}

export function statement({
  at: instant,
  end,
  context = 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password',
}: Stated): string {
  return `<saml:AuthnStatement${attribute('AuthnInstant', instant)}${attribute('SessionNotOnOrAfter', end)}><saml:AuthnContext><saml:AuthnContextClassRef>${context}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`
}

function assertionOf(said: Omit<SamlSaid, 'assertion'>): string {
  const { assertionId, now, issuer, nameId, nameIdFormat, attributes } = said
  const all = Object.entries(attributes).map(
    ([name, values]) =>
      `<saml:Attribute Name="${escapeXml(name)}">${values.map((one) => `<saml:AttributeValue>${escapeXml(one)}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
  )
  return (
    `<saml:Assertion xmlns:saml="${samlNames.assertion}" ID="${assertionId}" Version="2.0" IssueInstant="${at(now)}">` +
    `<saml:Issuer>${issuer}</saml:Issuer>` +
    `<saml:Subject><saml:NameID Format="${nameIdFormat}">${nameId}</saml:NameID>${said.confirmation}</saml:Subject>` +
    `${said.conditions}${said.statement}<saml:AttributeStatement>${all.join('')}</saml:AttributeStatement></saml:Assertion>`
  )
}

/** The response around an assertion. */
export function responseOf(said: SamlSaid, assertion: string): string {
  const { now, inResponseTo, destination, responseIssuer, status } = said
  const issuer =
    responseIssuer === null ? '' : `<saml:Issuer xmlns:saml="${samlNames.assertion}">${responseIssuer}</saml:Issuer>`
  const head = attribute('InResponseTo', inResponseTo) + attribute('Destination', destination)
  return `<samlp:Response xmlns:samlp="${samlNames.protocol}" ID="_response${said.assertionId}" Version="2.0" IssueInstant="${at(now)}"${head}>${issuer}${status}${assertion}</samlp:Response>`
}

export interface Signing {
  readonly by?: SamlKey
  readonly method?: string
  readonly digest?: string
  readonly canonicalization?: string
  readonly transforms?: readonly string[]
  /** Which element, by its local name. */
  readonly what?: 'Assertion' | 'Response'
}

/** Signs an element of a text, after its issuer. */
export function sign(xml: string, signing: Signing = {}): string {
  const { by = key, what = 'Assertion', method = samlNames.rsaSha256 } = signing
  const { digest = 'http://www.w3.org/2001/04/xmlenc#sha256', canonicalization = exclusive } = signing
  const { transforms = [`${samlNames.signature}enveloped-signature`, exclusive] } = signing
  const signed = new SignedXml({
    privateKey: by.privateKey,
    publicCert: by.certificate,
    signatureAlgorithm: method,
    canonicalizationAlgorithm: canonicalization,
  })
  const xpath = `//*[local-name(.)='${what}']`
  signed.addReference({ xpath, transforms: [...transforms], digestAlgorithm: digest })
  signed.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' },
  })
  return signed.getSignedXml()
}

export const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'

/** A whole response with its assertion signed. */
export function signedResponse(asked: SamlAsked, more: Partial<SamlSaid> = {}, signing: Signing = {}): string {
  const what = said(asked, more)
  return responseOf(what, sign(what.assertion, signing))
}

/** Sends a form as the provider's page does: from another site, without our cookies; then as our page sends it once more. */
export async function deliver(site: Site, who: Visitor, fields: Readonly<Record<string, string>>): Promise<Visited> {
  const callback = `${site.base}/accounts/social/acme/callback/`
  const between = await visitor().post(callback, fields, { origin: 'https://idp.acme.example' })
  if (!between.text.includes('data-submits')) return between
  return who.submit({ ...between, url: new URL(callback) }, 'form-post')
}

export function formOf(asked: Pick<SamlAsked, 'relayState'>, xml: string): Readonly<Record<string, string>> {
  return { SAMLResponse: Buffer.from(xml).toString('base64'), RelayState: asked.relayState }
}

/** Begins a sign-in, and comes back with what is made of the request. */
export async function come(site: Site, who: Visitor, make: (asked: SamlAsked) => string): Promise<Visited> {
  const asked = await ask(site, who)
  return deliver(site, who, formOf(asked, make(asked)))
}
