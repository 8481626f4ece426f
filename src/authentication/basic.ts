import { isUtf8 } from 'node:buffer'
import type { Authenticator } from '../core/authenticator.ts'
import { AuthenticationFailed } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { credentialOf } from '../http/authorization.ts'

export interface BasicOptions<Who extends User = User> {
  readonly passwords: {
    /**
     * Finds the user whom a login and password belong to: `null` where the login is unknown, the password wrong or the user
     * inactive, all alike, and in the same time. What makes a right password cheap the next time stands behind this, as does
     * what stops guessing.
     */
    readonly verify: (login: string, password: string, request: AuthRequest) => Promise<Who | null>
  }
  /** What the password box of a browser calls the protected space (api). */
  readonly realm?: string
  /** Whether a 401 offers this scheme at all (true). */
  readonly challenge?: boolean
}

/**
 * Takes a login and password with each request (RFC 7617). Throws `AuthenticationFailed`: `bad_authorization_header` for
 * what cannot be read, `authentication_failed` for what is not right.
 *
 * The challenge makes browsers show their password box, so it is left out for what scripts and pages load: browsers tell by
 * `Sec-Fetch-Mode` (W3C Fetch Metadata, section 2.2). Whoever sends no such headers is a program, and is told.
 */
export function basic<Who extends User>({
  passwords,
  realm = 'api',
  challenge = true,
}: BasicOptions<Who>): Authenticator<'basic', Who, null> {
  const offer = { scheme: 'Basic', params: { realm, charset: 'UTF-8' } }
  return {
    name: 'basic',
    scheme: 'Basic',
    authenticate: async (request) => {
      const credential = credentialOf(request, 'Basic')
      if (credential === null) return null
      const { login, password } = decode(credential)
      const user = login === '' || password === '' ? null : await passwords.verify(login, password, request)
      if (user === null) throw new AuthenticationFailed()
      return { principal: user, auth: null }
    },
    challenge: (request) => (challenge && !isLoadedByPage(request) ? offer : null),
  }
}

/** RFC 7617, section 2: the first colon ends the login, so a password may hold colons and a login may not. */
function decode(credential: string): { readonly login: string; readonly password: string } {
  const text = decodeText(credential)
  const colon = text.indexOf(':')
  if (colon === -1) throw unreadable('The Basic credentials hold no colon between login and password.')
  return { login: text.slice(0, colon), password: text.slice(colon + 1) }
}

/**
 * Base64 with its padding, one spelling for each value: RFC 7617 refers to RFC 4648, section 4, whose padding is not
 * optional (section 3.2). The charset that the challenge asks for is UTF-8; what cannot be UTF-8 is read as Latin-1, which
 * is what older clients send.
 */
function decodeText(credential: string): string {
  const bytes = Buffer.from(credential, 'base64')
  if (bytes.toString('base64') !== credential) throw unreadable('The Basic credentials are not base64.')
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
  // RFC 7617, section 2, forbids them. CTL of RFC 5234, appendix B.1.
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\x00-\x1f\x7f]/.test(text)) throw unreadable('The Basic credentials hold control characters.')
  return text
}

function unreadable(detail: string): AuthenticationFailed {
  return new AuthenticationFailed('bad_authorization_header', detail)
}

/** Browsers send the site and the mode of a request together; Node's `fetch` sends the mode alone, and shows no box. */
function isLoadedByPage(request: AuthRequest): boolean {
  if (request.headers.get('sec-fetch-site') === null) return false
  const mode = request.headers.get('sec-fetch-mode')
  return mode !== null && mode !== 'navigate'
}
