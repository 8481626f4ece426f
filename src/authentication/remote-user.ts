import { isUtf8 } from 'node:buffer'
import type { Authenticator } from '../core/authenticator.ts'
import { RequestRefused } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { trimBlanks } from '../http/trim-blanks.ts'

/** What a proxy asserted, as `identity.auth`. */
export interface RemoteUserAuth {
  /** The name as the proxy wrote it. */
  readonly name: string
}

export interface RemoteUserOptions<Who extends User = User> {
  /** Whose word counts (required): `createTrustedPeers({ addresses: ['10.0.0.5'] })`. */
  readonly peers: (request: AuthRequest) => boolean
  readonly users: {
    /** Finds a user by name: `null` where there is none, or they are inactive. */
    readonly find: (name: string) => Promise<Who | null>
    /** Makes the user whom nobody knows yet (none is made): `null` where the name belongs to one who is inactive. */
    readonly create?: (name: string) => Promise<Who | null>
  }
  /** Where the proxy writes the name (remote-user). */
  readonly header?: string
  /** Hears of the header from a peer whose word does not count: a forger, or a proxy that is not listed (nobody). */
  readonly onUntrusted?: (request: AuthRequest) => void
}

/**
 * Takes the word of a proxy that has signed the user in, such as one for single sign-on. The header counts from trusted
 * peers only, by exactly its name: `remote_user`, which some servers take for the same, is never read. The proxy has to
 * delete the header that a caller sends. Someone unknown or inactive is a stranger, as with Django's `RemoteUserBackend`.
 *
 * Throws `RequestRefused` (`invalid_request`) where a trusted peer sends the header twice, or something that is no name.
 * Throws `TypeError` without `peers`: there is no default, for then anyone could be anyone.
 */
export function remoteUser<Who extends User>({
  peers,
  users,
  header = 'remote-user',
  onUntrusted,
}: RemoteUserOptions<Who>): Authenticator<'remoteUser', Who, RemoteUserAuth> {
  const field = header.toLowerCase()
  checkOptions(peers, field)
  return {
    name: 'remoteUser',
    authenticate: async (request) => {
      const value = request.headers.get(field)
      if (value === null) return null
      if (!peers(request)) {
        onUntrusted?.(request)
        return null
      }
      const name = nameIn(value, field)
      if (name === null) return null
      const user = (await users.find(name)) ?? (await users.create?.(name)) ?? null
      return user === null ? null : { principal: user, auth: { name } }
    },
  }
}

function checkOptions(peers: unknown, field: string): void {
  if (typeof peers !== 'function') {
    throw new TypeError(
      "remoteUser: name the proxies whose word counts, as in peers: createTrustedPeers({ addresses: ['10.0.0.5'] }).",
    )
  }
  if (!/^[!#$%&'*+.^`|~0-9a-z-]+$/.test(field) || field.endsWith('.')) {
    throw new TypeError('remoteUser: header must be the name of a header, such as remote-user, without underscores.')
  }
}

/** `(null)` is what Apache writes for nobody. A name with a comma cannot be told from a header that was sent twice. */
function nameIn(value: string, field: string): string | null {
  const name = decoded(trimBlanks(value))
  if (name === '' || name === '(null)') return null
  if (name.includes(',')) throw new RequestRefused('invalid_request', `The header ${field} was sent more than once.`)
  if (name.length > longest || /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\ufffd]/u.test(name)) {
    throw new RequestRefused('invalid_request', `The header ${field} does not hold a user name.`)
  }
  return name
}

/** In characters. No directory has longer ones. */
const longest = 1024

/** Headers arrive as bytes, one a character (WHATWG Fetch, isomorphic decode); proxies write UTF-8. */
function decoded(value: string): string {
  if (!/[\x80-\xff]/.test(value) || /[^\0-\xff]/.test(value)) return value
  const bytes = Buffer.from(value, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : '\ufffd'
}
