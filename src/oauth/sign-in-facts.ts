import type { GrantDetail } from './grants.ts'

/** How and when the person proved who they are, behind a token (RFC 9470, section 6). Nothing: nobody signed in for it. */
export interface SignInFacts {
  /** Seconds since 1970. */
  readonly authTime?: number
  readonly acr?: string
}

/** Reads them out of the `detail` of a grant's row. */
export function signInFacts(detail: string | null): SignInFacts {
  if (detail === null) return {}
  const { authTime, acr } = JSON.parse(detail) as GrantDetail
  return { ...(authTime === undefined ? {} : { authTime }), ...(acr === undefined ? {} : { acr }) }
}

/** As APIs are told, by the names on the wire (RFC 9470, section 6.2). */
export function signInMembers({ authTime, acr }: SignInFacts): Readonly<Record<string, unknown>> {
  return { ...(authTime === undefined ? {} : { auth_time: authTime }), ...(acr === undefined ? {} : { acr }) }
}
