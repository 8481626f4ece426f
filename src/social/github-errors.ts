import type { CustomFetch } from 'openid-client'

/**
 * GitHub answers with status 200 where it refuses, and with names of its own for a code or a refresh token that is good for
 * nothing any more. Gives the answer as RFC 6749, section 5.2, has it, so that it is understood as what it is.
 */
export function githubErrors(fetch: CustomFetch): CustomFetch {
  return async (url, options) => {
    const response = await fetch(url, options)
    if (response.status !== 200) return response
    const text = await response.text()
    const error = errorIn(text)
    if (error === null) return new Response(text, { status: 200, headers: response.headers })
    const body = { ...error, error: spent.includes(error.error) ? 'invalid_grant' : error.error }
    return new Response(JSON.stringify(body), { status: 400, headers: response.headers })
  }
}

const spent: readonly string[] = ['bad_refresh_token', 'bad_verification_code']

function errorIn(text: string): { readonly error: string } | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('error' in value) || typeof value.error !== 'string')
      return null
    return { ...value, error: value.error }
  } catch {
    return null
  }
}
