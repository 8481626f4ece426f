import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { createSafeFetch, type SafeFetch } from '../http/safe-fetch.ts'

/** As they are, and as they should not be. */
export type Claims = Readonly<Record<string, unknown>>

/** A server elsewhere that signs tokens and publishes its keys, as the one of a CI system does. */
export interface ForeignIssuer extends AsyncDisposable {
  /** Its `iss`. */
  readonly issuer: string
  /** Asks it, and nobody else, over real HTTP. */
  readonly fetch: SafeFetch
  readonly sign: (claims: Claims, header?: Readonly<Record<string, unknown>>) => Promise<string>
  /** The same by a key that it does not publish, and by its public key as if that were a secret. */
  readonly signForeign: (claims: Claims) => Promise<string>
  readonly signBySecret: (claims: Claims) => Promise<string>
  /** What it answers, by path. Written to by tests. */
  readonly published: Map<string, unknown>
  /** From now on it takes requests for a path and says nothing. `giveUp` ends that: who still waits is cut off, and has seen it. */
  readonly hang: (path: string) => { readonly waiting: () => number; readonly giveUp: () => Promise<void> }
  /** What it was asked for, in order. */
  readonly asked: string[]
}

export async function foreignIssuer(issuer = 'https://ci.example'): Promise<ForeignIssuer> {
  const [own, foreign] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const published = new Map<string, unknown>([
    ['/.well-known/openid-configuration', { issuer, jwks_uri: `${issuer}/keys` }],
    ['/keys', { keys: [jwk] }],
  ])
  const asked: string[] = []
  const hanging = new Map<string, ServerResponse[]>()
  const questions = new Set<Promise<unknown>>()
  const server = createServer((request, answer) => {
    asked.push(request.url ?? '')
    const waiting = hanging.get(request.url ?? '')
    if (waiting !== undefined) {
      waiting.push(answer)
      return
    }
    const body = published.get(request.url ?? '')
    answer.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ask = createSafeFetch({ insecureHosts: ['127.0.0.1'], allowedAddresses: ['127.0.0.0/8'], timeout: 60_000 })
  const protectedHeader = { alg: 'RS256', kid: 'one', typ: 'JWT' }

  return {
    issuer,
    published,
    hang: (path) => {
      const waiting: ServerResponse[] = []
      hanging.set(path, waiting)
      return {
        waiting: () => waiting.filter((answer) => !answer.closed).length,
        giveUp: async () => {
          hanging.delete(path)
          for (const answer of waiting) answer.destroy()
          await Promise.allSettled(questions)
          await setImmediate()
        },
      }
    },
    asked,
    fetch: async (url, request) => {
      if (!url.startsWith(`${issuer}/`)) throw new Error(`${url} is not asked here.`)
      const question = ask(base + url.slice(issuer.length), request)
      questions.add(question)
      return question.finally(() => questions.delete(question))
    },
    sign: async (claims, header = {}) =>
      new SignJWT({ iss: issuer, ...claims })
        .setProtectedHeader({ ...protectedHeader, ...header })
        .sign(own.privateKey),
    signForeign: async (claims) =>
      new SignJWT({ iss: issuer, ...claims }).setProtectedHeader(protectedHeader).sign(foreign.privateKey),
    signBySecret: async (claims) =>
      new SignJWT({ iss: issuer, ...claims })
        .setProtectedHeader({ ...protectedHeader, alg: 'HS256' })
        .sign(Buffer.from(await exportSPKI(own.publicKey))),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
