import 'reflect-metadata'
import { createHash, webcrypto } from 'node:crypto'
import { X509CertificateGenerator, cryptoProvider } from '@peculiar/x509'

/**
 * A certificate for trying mTLS without a certificate authority. `value` is the `Client-Cert` header that a proxy would
 * send (RFC 9440, section 2.2), `fingerprint` its SHA-256 in hex.
 */
export async function selfSignedCertificate(
  commonName: string,
): Promise<{ readonly value: string; readonly fingerprint: string }> {
  cryptoProvider.set(webcrypto as Crypto)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys: keys as CryptoKeyPair,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 365 * 86_400_000),
  })
  const der = Buffer.from(certificate.rawData)
  return { value: `:${der.toString('base64')}:`, fingerprint: createHash('sha256').update(der).digest('hex') }
}
