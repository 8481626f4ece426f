import 'reflect-metadata'
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsageExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509'

/** A certificate with its private key, both PEM. */
export interface Certified {
  readonly cert: string
  readonly key: string
}

/** For tests of TLS: an authority, a server and a client that it vouches for, and a client that nobody does. */
export interface TestCertificates {
  readonly authority: string
  readonly server: Certified
  readonly client: Certified
  readonly stranger: Certified
}

export async function createTestCertificates(): Promise<TestCertificates> {
  cryptoProvider.set(crypto)
  const authority = await certify('authority', null, [])
  const [server, client, stranger] = await Promise.all([
    certify('localhost', authority, ['1.3.6.1.5.5.7.3.1']),
    certify('ada', authority, ['1.3.6.1.5.5.7.3.2']),
    certify('stranger', null, ['1.3.6.1.5.5.7.3.2']),
  ])
  return { authority: authority.cert, server, client, stranger }
}

interface Signed extends Certified {
  readonly certificate: X509Certificate
  readonly keys: CryptoKeyPair
}

async function certify(name: string, by: Signed | null, uses: readonly string[]): Promise<Signed> {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: by?.certificate.subject ?? `CN=${name}`,
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2100-01-01'),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    publicKey: keys.publicKey,
    signingKey: (by?.keys ?? keys).privateKey,
    extensions: uses.length === 0 ? [new BasicConstraintsExtension(true)] : [new ExtendedKeyUsageExtension([...uses])],
  })
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`
  return { certificate, keys, cert: certificate.toString('pem'), key }
}
