import { Unavailable } from '../core/errors.ts'
import { parseJsonObject } from '../crypto/json-object.ts'
import type { JwsHeader, JwsKey } from '../crypto/jws.ts'
import type { SafeFetch } from '../http/safe-fetch.ts'
import { keyIn } from './key-in-set.ts'
import { createRemoteJwkSets } from './remote-jwk-sets.ts'
import { settledWithin } from './settled-within.ts'

export interface IssuerKeysOptions {
  /** How issuers are asked: `createSafeFetch`, never without its guards. */
  readonly fetch: SafeFetch
  /** Hears why the keys of an issuer could not be had (nobody). */
  readonly onError?: (error: unknown) => void
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/**
 * Finds the public keys of issuers elsewhere by what they publish of themselves (OpenID Connect Discovery 1.0, section 4): the
 * document names the issuer it is of, letter for letter, and where its keys are. Both are kept, and asked for anew now and then.
 * `null`: it has no such key. Throws `Unavailable` where that cannot be told, since its keys cannot be had now: within a second,
 * whether the issuer says no or nothing. What it answers later serves whoever comes then. A caller names only issuers that are
 * trusted: never one that merely stands in a token.
 */
export function createIssuerKeys({
  fetch,
  onError = () => undefined,
  clock,
}: IssuerKeysOptions): (issuer: string, header: Pick<JwsHeader, 'alg' | 'kid'>) => Promise<JwsKey | null> {
  const sets = createRemoteJwkSets({ fetch, onError, clock })
  const entries = new Map<string, Entry>()

  function entryOf(issuer: string): Entry {
    const entry = entries.get(issuer) ?? { jwksUri: null, readAt: -Infinity, askedAt: -Infinity, asking: null }
    entries.delete(issuer)
    entries.set(issuer, entry)
    if (entries.size > most) entries.delete(entries.keys().next().value ?? issuer)
    return entry
  }

  async function renew(issuer: string, entry: Entry): Promise<void> {
    entry.askedAt = clock()
    try {
      const { status, body } = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
      if (status !== 200) throw new Error(`The metadata of the issuer was answered with ${status}.`)
      entry.jwksUri = jwksUriIn(body, issuer)
      entry.readAt = clock()
    } catch (error) {
      onError(error)
    }
  }

  /** What was not waited for to its end may be there in a moment. */
  function away({ asking, jwksUri }: Entry): Unavailable {
    const isUnderway = asking !== null || (jwksUri !== null && sets.isUnderway(jwksUri))
    return new Unavailable({ retryAfter: isUnderway ? soon : pause / 1000 })
  }

  return async (issuer, header) => {
    const entry = entryOf(issuer)
    const end = performance.now() + patience
    const left = (): number => Math.max(0, end - performance.now())
    const isOld = clock() - entry.readAt >= maxAge
    if (isOld && (entry.asking !== null || clock() - entry.askedAt >= pause)) {
      entry.asking ??= renew(issuer, entry).finally(() => {
        entry.asking = null
      })
      await settledWithin(entry.asking, left())
    }
    if (entry.jwksUri === null || clock() - entry.readAt >= staleFor) throw away(entry)
    const known = await sets.read(entry.jwksUri, left())
    if (known === null) throw away(entry)
    const key = keyIn(known, header)
    if (key !== null) return key
    const anew = await sets.readAnew(entry.jwksUri, left())
    if (sets.isFailing(entry.jwksUri) || sets.isUnderway(entry.jwksUri)) throw away(entry)
    return anew === known ? null : keyIn(anew ?? [], header)
  }
}

interface Entry {
  jwksUri: string | null
  readAt: number
  askedAt: number
  asking: Promise<void> | null
}

/** Milliseconds after which a document is asked for anew, that lie between two questions, and for which an old one serves. */
const maxAge = 3_600_000
const pause = 30_000
const staleFor = 86_400_000
const most = 1000
/** Milliseconds that a request waits for an issuer, in all that it is asked. */
const patience = 800
/** Seconds after which a question that was not waited for is over: see the time limit of `createSafeFetch`. */
const soon = 5

/** Discovery, section 4.3: the issuer is the very one that was asked for. */
function jwksUriIn(body: Uint8Array, issuer: string): string {
  const document = parseJsonObject(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  const uri = document?.['jwks_uri']
  if (document?.['issuer'] !== issuer || typeof uri !== 'string') {
    throw new Error('What was answered is not the metadata of this issuer.')
  }
  return uri
}
