import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import { digest } from '../crypto/digest.ts'

/** A key pair of a provider. */
export interface StandInKey {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

/** What the token endpoint is about to answer. */
export interface Issuing {
  readonly accessToken: string
  readonly claims: Record<string, unknown>
}

/** A provider on this machine that does as it is told: by turns an honest one and every kind of liar. Tests write to it. */
export interface StandIn {
  readonly origin: string
  readonly issuer: string
  readonly key: StandInKey
  readonly clientId: string
  /** What it says about the person who signs in, in the ID token. */
  person: Record<string, unknown>
  /** What it says at its UserInfo endpoint; `null`: it has none. */
  userInfo: Record<string, unknown> | null
  /** Members of its metadata over the honest ones. */
  metadata: Record<string, unknown>
  /** The keys that it publishes. */
  keys: readonly unknown[]
  /** What time it has, in milliseconds since 1970. */
  clock: () => number
  /** Makes the ID token. */
  sign: (issuing: Issuing) => Promise<string>
  /** Changes the parameters of the answer to the authorization request. */
  answer: (parameters: URLSearchParams, asked: URLSearchParams) => void
  /** Answers a path in its own way, where it gives something. */
  intercept: (request: IncomingMessage, response: ServerResponse, body: string) => Promise<boolean>
  /** What authorization requests asked for, and what came to the token endpoint. */
  readonly asked: URLSearchParams[]
  readonly traded: { readonly body: URLSearchParams; readonly authorization: string | undefined }[]
  /** Requests of all kinds, by path. */
  readonly paths: string[]
}

/** A new key. */
export async function standInKey(kid: string, alg = 'RS256'): Promise<StandInKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** An ID token signed as it should be. */
export async function signed({ claims }: Issuing, key: StandInKey): Promise<string> {
  const alg = key.publicJwk.alg ?? 'RS256'
  return new SignJWT(claims).setProtectedHeader({ alg, kid: key.kid }).sign(key.privateKey)
}

export interface StandInOptions {
  /** What it says it is, where requests for it are led here by other means (its own address). */
  readonly issuer?: string
}

/** Starts one, until the suite is over. */
export async function startStandIn({ issuer: named }: StandInOptions = {}): Promise<StandIn> {
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer = named ?? origin
  const key = await standInKey('first')
  const codes = new Map<string, URLSearchParams>()
  let count = 0
  const standIn: StandIn = {
    origin,
    issuer,
    key,
    clientId: 'doorward',
    person: { sub: 'person-1', email: 'ada@example.org', email_verified: true, name: 'Ada Lovelace' },
    userInfo: null,
    metadata: {},
    keys: [key.publicJwk],
    clock: Date.now,
    sign: async (issuing) => signed(issuing, key),
    answer: () => undefined,
    intercept: async () => false,
    asked: [],
    traded: [],
    paths: [],
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    standIn.paths.push(url.pathname)
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString('utf8')
    if (await standIn.intercept(request, response, body)) return
    const json = (value: unknown, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    }
    if (url.pathname.endsWith('/.well-known/openid-configuration')) return json(metadata())
    if (url.pathname.endsWith('/jwks')) return json({ keys: standIn.keys })
    if (url.pathname.endsWith('/userinfo')) return json(standIn.userInfo)
    if (url.pathname.endsWith('/authorize')) return authorize(url.searchParams, response)
    if (url.pathname.endsWith('/token')) return json(...(await trade(new URLSearchParams(body), request)))
    return json({ error: 'not_found' }, 404)
  }

  function metadata(): unknown {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      ...(standIn.userInfo === null ? {} : { userinfo_endpoint: `${issuer}/userinfo` }),
      response_types_supported: ['code'],
      id_token_signing_alg_values_supported: ['RS256', 'ES256', 'HS256', 'none'],
      authorization_response_iss_parameter_supported: true,
      ...standIn.metadata,
    }
  }

  function authorize(asked: URLSearchParams, response: ServerResponse): void {
    standIn.asked.push(asked)
    const code = `code-${(count += 1)}`
    codes.set(code, asked)
    const parameters = new URLSearchParams({ code, state: asked.get('state') ?? '', iss: issuer })
    standIn.answer(parameters, asked)
    const location = new URL(asked.get('redirect_uri') ?? '')
    location.search = parameters.toString()
    response.writeHead(303, { location: location.href }).end()
  }

  async function trade(body: URLSearchParams, { headers }: IncomingMessage): Promise<[unknown, number]> {
    standIn.traded.push({ body, authorization: headers.authorization })
    const asked = codes.get(body.get('code') ?? '')
    const challenge = digest(body.get('code_verifier') ?? '').toString('base64url')
    if (asked === undefined || asked.get('code_challenge') !== challenge) return [{ error: 'invalid_grant' }, 400]
    if (asked.get('redirect_uri') !== body.get('redirect_uri')) return [{ error: 'invalid_grant' }, 400]
    codes.delete(body.get('code') ?? '')
    const now = Math.floor(standIn.clock() / 1000)
    const accessToken = `access-${count}`
    const claims = {
      iss: issuer,
      aud: standIn.clientId,
      iat: now,
      exp: now + 300,
      nonce: asked.get('nonce'),
      ...standIn.person,
    }
    const id_token = await standIn.sign({ accessToken, claims })
    return [
      {
        access_token: accessToken,
        refresh_token: `refresh-${count}`,
        token_type: 'Bearer',
        expires_in: 3600,
        id_token,
      },
      200,
    ]
  }

  return standIn
}
