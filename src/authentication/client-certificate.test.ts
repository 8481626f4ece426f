import 'reflect-metadata'
import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { before, describe, it } from 'node:test'
import {
  cryptoProvider,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type Extension,
  type JsonName,
} from '@peculiar/x509'
import { createAuth } from '../core/auth.ts'
import type { User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { createTrustedPeers } from '../http/peers.ts'
import { clientCertificate, type CertificateFacts, type CertificateSource } from './client-certificate.ts'

const now = Date.parse('2026-06-01T00:00:00Z')
const ada: User = { kind: 'user', id: '1', name: 'ada' }
const peers = createTrustedPeers({ addresses: ['10.0.0.5'] })
const header = { from: 'rfc9440', peers } as const
let good: Buffer

before(async () => {
  good = await certificate()
})

describe('clientCertificate', () => {
  it('reads the facts of a certificate: names in the form of RFC 4514, alternative names by kind', async () => {
    let facts: CertificateFacts | undefined
    const auth = createAuth({
      authenticators: [
        clientCertificate({
          source: { from: 'tls' },
          clock: () => now,
          find: async (shown) => {
            facts = shown
            return ada
          },
        }),
      ],
    })
    const identity = await auth.require(overTls(good))
    assert.equal(identity.via, 'clientCertificate')
    assert.equal(facts?.subject, 'CN=ada\\, the first,O=Example')
    assert.deepEqual(facts?.sanDns, ['ada.example'])
    assert.deepEqual(facts?.sanUri, ['spiffe://example/ada'])
    assert.deepEqual(facts?.sanEmail, ['ada@example.com'])
    assert.match(facts?.fingerprint256 ?? '', /^[0-9a-f]{64}$/)
    assert.equal(identity.auth.validTo, Date.parse('2027-01-01T00:00:00Z'))
  })

  it('leaves a connection without a certificate to others', async () => {
    assert.equal(await identify({ from: 'tls' }, plain({})), null)
    assert.equal(await identify(header, plain({})), null)
  })

  it('refuses a certificate that the TLS layer does not trust, unless mappings are by fingerprint [AK12]', async () => {
    await refused({ from: 'tls' }, overTls(good, false))
    assert.equal((await identify({ from: 'tls', untrusted: true }, overTls(good, false)))?.principal.name, 'ada')
  })

  it('believes no name in a certificate that nobody vouches for: only its fingerprint is looked for [AK12]', async () => {
    const source: CertificateSource = { from: 'tls', untrusted: true }
    const made = clientCertificate({ source, clock: () => now, find: async () => ada })
    const own = (await made.authenticate(overTls(good, false)))?.auth
    const vouched = (await made.authenticate(overTls(good)))?.auth
    assert.equal(own?.fingerprint256, vouched?.fingerprint256)
    assert.deepEqual([own?.subject, own?.sanDns, own?.sanUri, own?.sanEmail], ['', [], [], []])
    assert.equal(vouched?.sanDns.length, 1)
  })

  it('writes names as RFC 4514 does, and no value can pass for a part of its own [AK12]', async () => {
    const subjectOf = async (name: JsonName): Promise<string | undefined> => {
      const made = clientCertificate({ source: { from: 'tls' }, clock: () => now, find: async () => ada })
      return (await made.authenticate(overTls(await certificate({ name }))))?.auth.subject
    }
    assert.equal(await subjectOf([]), '')
    assert.equal(await subjectOf([{ DC: ['example'] }, { CN: ['zoë'] }]), 'CN=zoë,DC=example')
    assert.equal(await subjectOf([{ O: ['A'] }, { CN: ['a'], OU: ['b'] }]), 'CN=a+OU=b,O=A')
    assert.equal(await subjectOf([{ CN: ['a + b'] }]), String.raw`CN=a \+ b`)
    assert.equal(await subjectOf([{ CN: ['eve\nCN=ada'] }]), String.raw`CN=eve\0ACN=ada`)
    assert.equal(await subjectOf([{ CN: ['ada\0'] }]), String.raw`CN=ada\00`)
    assert.equal(await subjectOf([{ CN: ['eve,O=Example'] }]), String.raw`CN=eve\,O=Example`)
  })

  it('holds a certificate that it has seen before to its time', async () => {
    let time = now
    const made = clientCertificate({ source: { from: 'tls' }, clock: () => time, find: async () => ada })
    assert.notEqual(await made.authenticate(overTls(good)), null)
    for (const at of ['2025-12-31T23:59:59Z', '2027-01-01T00:00:01Z']) {
      time = Date.parse(at)
      await assert.rejects(made.authenticate(overTls(good)), { status: 401 })
    }
  })

  it('refuses one that is over, or not valid yet (RFC 5280, section 4.1.2.5) [AK12]', async () => {
    await refused({ from: 'tls' }, overTls(await certificate({ notAfter: '2026-05-31' })))
    await refused({ from: 'tls' }, overTls(await certificate({ notBefore: '2026-06-02' })))
  })

  it('refuses one for another use (RFC 5280, section 4.2.1.12) [AK12]', async () => {
    await refused({ from: 'tls' }, overTls(await certificate({ uses: ['1.3.6.1.5.5.7.3.1'] })))
    assert.notEqual(await identify({ from: 'tls' }, overTls(await certificate({ uses: ['1.3.6.1.5.5.7.3.2'] }))), null)
  })

  it('refuses one that is nobody’s, and bytes that are none or more than one [AK12]', async () => {
    await refused({ from: 'tls' }, overTls(good), null)
    await refused({ from: 'tls' }, overTls(Buffer.from('certificate')))
    await refused({ from: 'tls' }, overTls(Buffer.concat([good, Buffer.from([0])])))
  })

  it('refuses alternative names with characters that such names have none of: older parsers cut them off [AK12]', async () => {
    for (const dns of ['ada.example\u0000.evil.example', 'ada.example\n', 'zo\u00eb.example']) {
      await refused({ from: 'tls' }, overTls(await certificate({ dns })))
    }
  })

  it('cannot be led to take one name for two: a comma inside a name stays inside it', async () => {
    let names: readonly string[] = []
    const source: CertificateSource = { from: 'tls' }
    const find = async (facts: CertificateFacts): Promise<User> => {
      names = [...facts.sanDns, ...facts.sanUri]
      return ada
    }
    const made = clientCertificate({ source, clock: () => now, find })
    await made.authenticate(overTls(await certificate({ uri: 'https://a.example/, DNS:admin.example' })))
    assert.deepEqual(names, ['ada.example', 'https://a.example/, DNS:admin.example'])
  })
})

describe('clientCertificate by a header', () => {
  it('takes one shape for one proxy: RFC 9440, nginx, Envoy [B-REM-06]', async () => {
    const der = good.toString('base64')
    const pem = `-----BEGIN CERTIFICATE-----\n${der.replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
    const shapes = [
      [{ from: 'rfc9440', peers }, { 'client-cert': `:${der}:` }],
      [{ from: 'nginx', peers }, { 'x-client-cert': encodeURIComponent(pem) }],
      [
        { from: 'xfcc', peers },
        { 'x-forwarded-client-cert': `Hash=${'0'.repeat(64)},Cert="${encodeURIComponent(pem)}"` },
      ],
    ] as const
    for (const [source, headers] of shapes) {
      assert.equal((await identify(source, plain(headers, '10.0.0.5')))?.principal.name, 'ada', source.from)
      const others = shapes.filter(([other]) => other !== source).map(([, theirs]) => theirs)
      for (const theirs of others) assert.equal(await identify(source, plain(theirs, '10.0.0.5')), null)
    }
  })

  it('does not read it from anyone else, and reports who tried [B-REM-03 AK09]', async () => {
    const seen: AuthRequest[] = []
    const made = clientCertificate({
      source: header,
      clock: () => now,
      find: async () => ada,
      onUntrusted: (r) => seen.push(r),
    })
    const request = plain({ 'client-cert': `:${good.toString('base64')}:` }, '203.0.113.9')
    assert.equal(await made.authenticate(request), null)
    assert.deepEqual(seen, [request])
  })

  it('refuses a header that was sent twice, and one that is malformed, from a trusted proxy [B-REM-04]', async () => {
    const der = good.toString('base64')
    await assert.rejects(identify(header, plain({ 'client-cert': `:${der}:, :${der}:` }, '10.0.0.5')), { status: 400 })
    for (const value of ['x', ':', '::', `:${der}`, `:${der.slice(4)}:`, 'é']) {
      await refused(header, plain({ 'client-cert': value }, '10.0.0.5'))
    }
  })

  it('refuses a certificate that the proxy did not verify [B-REM-05]', async () => {
    const source = { ...header, verifiedHeader: 'X-Client-Verify' }
    const cert = { 'client-cert': `:${good.toString('base64')}:` }
    for (const verified of ['NONE', 'FAILED:expired', 'success', 'SUCCESS, SUCCESS']) {
      await refused(source, plain({ ...cert, 'x-client-verify': verified }, '10.0.0.5'))
    }
    await refused(source, plain(cert, '10.0.0.5'))
    assert.notEqual(await identify(source, plain({ ...cert, 'x-client-verify': 'SUCCESS' }, '10.0.0.5')), null)
  })

  it('cannot be made without peers: then anyone could be anyone', () => {
    const source = { from: 'nginx' } as unknown as CertificateSource
    assert.throws(() => clientCertificate({ source, find: async () => ada }), /name the proxies whose word counts/)
  })
})

async function identify(
  source: CertificateSource,
  request: AuthRequest,
  who: User | null = ada,
): Promise<{ principal: User } | null> {
  return clientCertificate({ source, clock: () => now, find: async () => who }).authenticate(request)
}

async function refused(source: CertificateSource, request: AuthRequest, who: User | null = ada): Promise<void> {
  await assert.rejects(identify(source, request, who), { status: 401 })
}

function plain(headers: Readonly<Record<string, string>>, address = '127.0.0.1'): AuthRequest {
  return { method: 'GET', url: '/', headers: { get: (name) => headers[name] ?? null }, peer: { address } }
}

function overTls(der: Uint8Array, authorized = true): AuthRequest {
  return { ...plain({}), peer: { address: '127.0.0.1', certificate: { der, authorized } } }
}

async function certificate({
  notBefore = '2026-01-01',
  notAfter = '2027-01-01',
  dns = 'ada.example',
  uri = 'spiffe://example/ada',
  uses = [] as readonly string[],
  name = [{ O: ['Example'] }, { CN: ['ada, the first'] }] as JsonName,
} = {}): Promise<Buffer> {
  cryptoProvider.set(webcrypto as Crypto)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = (await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])) as CryptoKeyPair
  const extensions: Extension[] = [
    new SubjectAlternativeNameExtension([
      { type: 'dns', value: dns },
      { type: 'url', value: uri },
      { type: 'email', value: 'ada@example.com' },
    ]),
  ]
  if (uses.length > 0) extensions.push(new ExtendedKeyUsageExtension([...uses]))
  const made = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    extensions,
  })
  return Buffer.from(made.rawData)
}
