import { hash } from 'node:crypto'
import { FetchRefused, type SafeFetch } from '../http/safe-fetch.ts'

export interface BreachedPasswordsOptions {
  /** A range API, such as `https://api.pwnedpasswords.com/range/`. */
  readonly url: string
  /** Asks it: with a limit of at least 100,000 bytes, for answers are long. */
  readonly fetch: SafeFetch
  /** Hears that it could not be asked, and why: the password is taken then (nothing). */
  readonly onSkipped?: (reason: string) => void
}

/**
 * Tells whether a password is known from breaches. The API is told the first five characters of its SHA-1 and nothing else,
 * answers with all digests that begin so (about a thousand), and does not learn which of them was meant; padding hides how
 * many there are. Where it is away, a password counts as not known: nobody is kept from changing theirs.
 */
export function createBreachedPasswords(options: BreachedPasswordsOptions): (password: string) => Promise<boolean> {
  const { url, fetch, onSkipped = () => undefined } = options
  const base = url.endsWith('/') ? url : `${url}/`
  return async (password) => {
    const sum = hash('sha1', password).toUpperCase()
    const [prefix, rest] = [sum.slice(0, 5), sum.slice(5)]
    try {
      const { status, body } = await fetch(`${base}${prefix}`, { headers: { 'add-padding': 'true' } })
      if (status !== 200) {
        onSkipped(`status_${status}`)
        return false
      }
      // Padding has a count of 0.
      return new RegExp(`^${rest}:0*[1-9]`, 'im').test(Buffer.from(body).toString('latin1'))
    } catch (error) {
      if (!(error instanceof FetchRefused)) throw error
      onSkipped(error.reason)
      return false
    }
  }
}
