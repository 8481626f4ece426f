import { parseJsonObject } from '../../crypto/json-object.ts'
import { parseJws, verifyJws } from '../../crypto/jws.ts'
import { isAdoptable } from '../../tokens/adopted-token.ts'
import { type TokenFormat, tokenKinds } from '../../tokens/format.ts'
import { actorOf } from '../../tokens/owner.ts'
import type { SigningKeys } from '../../tokens/signing-keys.ts'
import { applicationPath } from '../applications/application-frame.ts'
import type { PastedToken, PastedTokens } from './pasted-tokens.ts'

/** What is known of a token that somebody pasted, in words. The token itself is not in it. Times are milliseconds since 1970. */
export interface DescribedToken {
  /** `an access token`. */
  readonly what: string
  /** `good` as far as its own row tells; `over`; `unknown`: nothing of that kind is, or was, here. */
  readonly state: 'good' | 'over' | 'unknown'
  /** Why it is over, or what is odd about it (nothing). */
  readonly note?: string
  /** Whose it is: `user:4fQ…`. */
  readonly owner: string | null
  /** `client:…` that it was given to. */
  readonly client: string | null
  readonly scopes: readonly string[]
  readonly issuedAt: number | null
  readonly expiresAt: number | null
  /** The page where it can be ended (none). */
  readonly href: string | null
  /** The claims of a JWT, read whether or not they can be believed. */
  readonly claims?: Readonly<Record<string, unknown>>
}

export interface DescribeTokenOptions {
  readonly pastedTokens: Pick<PastedTokens, 'find'>
  readonly format: Pick<TokenFormat, 'parse'>
  readonly keys: Pick<SigningKeys, 'find'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Looks a token up by its digest. It is compared and forgotten: neither stored, nor logged, nor shown. */
export type DescribeToken = (text: string) => Promise<DescribedToken | null>

export function createDescribeToken({ pastedTokens, format, keys, clock }: DescribeTokenOptions): DescribeToken {
  async function jwt(text: string, found: PastedToken | null): Promise<DescribedToken | null> {
    const jws = parseJws(text)
    if (jws === null) return null
    const key = await keys.find(jws.header)
    const claims = parseJsonObject(jws.payload) ?? {}
    const isOurs = key !== null && verifyJws(jws, key)
    const at = (name: string): number | null => (typeof claims[name] === 'number' ? claims[name] * 1000 : null)
    const expiresAt = at('exp')
    const isOver = found === null || (expiresAt !== null && expiresAt <= clock())
    return {
      what: typeof jws.header.typ === 'string' ? `a JWT (${jws.header.typ})` : 'a JWT',
      state: !isOurs ? 'unknown' : isOver ? 'over' : 'good',
      note: !isOurs
        ? 'It was not signed with a key of this server: what it says cannot be believed.'
        : found === null
          ? 'Signed by this server, and not taken any more: it has expired or was revoked, or is no access token.'
          : 'Signed by this server, and taken by it.',
      owner: isOurs && typeof claims['sub'] === 'string' ? `user:${claims['sub']}` : null,
      client: isOurs && typeof claims['client_id'] === 'string' ? `client:${claims['client_id']}` : null,
      scopes: typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : [],
      issuedAt: at('iat'),
      expiresAt,
      href: found === null ? null : placeOf(found),
      claims,
    }
  }

  return async (text) => {
    const found = await pastedTokens.find(text)
    const token = format.parse(text)
    if (token === null && !isAdoptable(text)) return jwt(text, found)
    const what = token === null ? 'a token of Django REST framework' : tokenKinds[token.kind]
    if (found !== null) return inWords(found, what)
    const isLookedUp = token === null || lookedUp.has(token.kind)
    const note = isLookedUp
      ? 'There is none like it here: it was never issued, or is gone.'
      : 'Tokens of this kind are used once, and cannot be looked up.'
    return { ...nothing, what, note }
  }
}

const lookedUp: ReadonlySet<string> = new Set(['pat', 'live', 'test', 'ses', 'at', 'rt', 'sec'])

function inWords(found: PastedToken, what: string): DescribedToken {
  const { state, owner, clientId, scopes, createdAt, expiresAt } = found
  const note = notes[found.kind === 'client_secret' && state === 'disabled' ? 'client' : state]
  const client = clientId === null ? null : `client:${clientId}`
  return {
    what,
    state: state === 'active' ? 'good' : 'over',
    ...(note === undefined ? {} : { note }),
    owner: owner === null ? client : actorOf(owner),
    client,
    scopes: scopes ?? [],
    issuedAt: createdAt,
    expiresAt,
    href: placeOf(found),
  }
}

const notes: Readonly<Record<string, string>> = {
  disabled: 'The key is switched off for now.',
  client: 'The application is disabled.',
  revoked: 'It was revoked.',
  spent: 'It was used already: showing it again ends its grant.',
}

/** The page where it can be ended. */
function placeOf({ kind, id, owner, clientId, grantId, format }: PastedToken): string | null {
  if (kind === 'api_key') return `/admin/keys/${id}/`
  if (kind === 'client_secret') return `${applicationPath(clientId ?? '')}credentials/`
  if (grantId !== null && (format === 'opaque' || clientId !== null)) return `/admin/grants/${grantId}/`
  if (clientId !== null) return `${applicationPath(clientId)}danger/`
  if (owner === null) return null
  if (owner.kind === 'service_account') return `/admin/service-accounts/${owner.id}/`
  return `/admin/users/${owner.id}/${kind === 'session' ? 'sessions' : 'credentials'}/`
}

const nothing = {
  state: 'unknown',
  owner: null,
  client: null,
  scopes: [],
  issuedAt: null,
  expiresAt: null,
  href: null,
} as const
