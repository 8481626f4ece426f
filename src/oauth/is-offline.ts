/**
 * Whether what is granted goes on once the person has signed out (OpenID Connect Core 1.0, section 11). What has nothing to do
 * with a sign-in does not end with one.
 */
export function isOffline(scopes: readonly string[]): boolean {
  return scopes.includes('offline_access') || !scopes.includes('openid')
}
