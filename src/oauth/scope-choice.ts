/** Whether a scope that was asked for is allowed: it is ticked, or it cannot be left out. */
export function isScopeAllowed(scope: string, ticked: readonly string[]): boolean {
  return !mayBeLeftOut(scope) || ticked.includes(scope)
}

/** OpenID Connect Core 1.0, section 3.1.2.1: without `openid` a request is another one. */
export function mayBeLeftOut(scope: string): boolean {
  return scope !== 'openid'
}
