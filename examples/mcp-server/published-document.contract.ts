import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { cryptoProvider, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import { createSafeFetch, type SafeFetch } from 'doorward'

export interface PublishedDocument {
  readonly server: Server
  readonly url: string
  /** Trusts the server of the documents, and goes nowhere else on this machine. */
  readonly fetch: SafeFetch
}

/** A server of its own for the metadata document, over https as it has to be. */
export async function publishDocument(): Promise<PublishedDocument> {
  cryptoProvider.set(webcrypto as Crypto)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=app.example',
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'app.example' }])],
  })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const cert = certificate.toString('pem')
  let url = ''
  const server = createServer(
    { cert, key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` },
    (_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({
          client_id: url,
          client_name: 'An agent',
          redirect_uris: ['http://127.0.0.1/callback'],
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: 'none',
        }),
      )
    },
  ).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  url = `https://app.example:${(server.address() as AddressInfo).port}/client.json`
  const fetch = createSafeFetch({ ca: cert, allowedAddresses: ['127.0.0.1'], lookup: async () => ['127.0.0.1'] })
  return { server, url, fetch }
}
