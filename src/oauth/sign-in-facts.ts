import type { GrantDetail } from './grants.ts'

/** How and when the person proved who they are, behind a token (RFC 9470, section 6). Nothing: nobody signed in for it. */
export interface SignInFacts {
  /** Seconds since 1970. */
  readonly authTime?: number
  readonly acr?: string
}

/** Reads them out of the `detail` of a grant's row. The tokens of a grant come again and again, so it is read once. */
export function signInFacts(detail: string | null): SignInFacts {
  if (detail === null) return nobody
  const known = read.get(detail)
  if (known !== undefined) return known
  const { authTime, acr } = JSON.parse(detail) as GrantDetail
  const facts = { ...(authTime === undefined ? {} : { authTime }), ...(acr === undefined ? {} : { acr }) }
  if (read.size >= mostRead) read.clear()
  read.set(detail, facts)
  return facts
}

const nobody: SignInFacts = {}
const read = new Map<string, SignInFacts>()
const mostRead = 1000

/** As APIs are told, by the names on the wire (RFC 9470, section 6.2). */
export function signInMembers({ authTime, acr }: SignInFacts): Readonly<Record<string, unknown>> {
  return { ...(authTime === undefined ? {} : { auth_time: authTime }), ...(acr === undefined ? {} : { acr }) }
}
