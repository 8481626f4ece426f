import { equalText } from '../crypto/compare.ts'
import { keyedDigest } from '../crypto/digest.ts'
import { clearCookie, formatCookie, readCookies } from '../http/cookies.ts'
import type { AuthRequest } from '../core/request.ts'

/** What was done, carried over the redirect that follows it to the page after. */
export interface Messages {
  /** The `Set-Cookie` value that carries one. */
  readonly carry: (message: string) => string
  /** The message that a request carries, `null` where there is none of ours. */
  readonly read: (request: Pick<AuthRequest, 'headers'>) => string | null
  /** The `Set-Cookie` value that takes it away again. */
  readonly clear: () => string
}

export interface MessagesOptions {
  /** What messages are signed with: nobody else puts words on our pages. At least 32 bytes. */
  readonly key: Uint8Array
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
}

/** They live in a cookie for a minute at most. Never put a secret into one. */
export function createMessages({ key, secure = true }: MessagesOptions): Messages {
  const name = `${secure ? '__Host-' : ''}message`
  const mac = (text: string): string => keyedDigest(key, `message ${text}`).toString('base64url')
  return {
    carry: (message) => {
      const text = Buffer.from(message.slice(0, longest)).toString('base64url')
      return formatCookie(name, `${text}.${mac(text)}`, { secure, maxAge: 60 })
    },
    read: ({ headers }) => {
      for (const value of readCookies(headers.get('cookie'), name)) {
        const [text = '', proof = ''] = value.split('.')
        if (equalText(proof, mac(text))) return Buffer.from(text, 'base64url').toString('utf8')
      }
      return null
    },
    clear: () => clearCookie(name, { secure }),
  }
}

const longest = 500
