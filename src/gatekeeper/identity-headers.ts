import type { Identity, User } from '../core/identity.ts'

/** Whose names of headers a backend expects. */
export type HeaderPreset = 'remote' | 'authentik' | 'oauth2-proxy' | 'rauthy' | 'none'

/** The names of a preset's headers. */
export function identityHeaderNames(preset: HeaderPreset): readonly string[] {
  return presets[preset].map(([name]) => name)
}

/**
 * All headers of a preset, always, empty where there is nothing to say: what is left out, some proxies let the caller fill
 * in. They name people only. A program is not to be taken for the user whose name it bears; it is in the signed header.
 */
export function identityHeaders(
  preset: HeaderPreset,
  identity: Identity | null,
  groups: readonly string[] = [],
): readonly (readonly [name: string, value: string])[] {
  const user = identity?.principal.kind === 'user' ? identity.principal : null
  if (identity === null || user === null) return presets[preset].map(([name]) => [name, ''])
  const about = { user, groups: groups.map(headerValue), hasSeveralFactors: hasSeveralFactors(identity.auth) }
  return presets[preset].map(([name, valueOf]) => [name, valueOf(about)])
}

/**
 * A text as a header can hold it, and as it cannot break out: visible ASCII and spaces stay; the rest, `%`, `,` and `|` are
 * written as percent-encoded UTF-8 (RFC 3986, section 2.1). `decodeURIComponent` gives the text back.
 */
export function headerValue(text: string): string {
  const encoded = text.toWellFormed().replaceAll(/[^\x20-\x24\x26-\x2b\x2d-\x7b\x7d\x7e]/gu, encodeURIComponent)
  return encoded.replaceAll(/^ | $/g, '%20')
}

interface About {
  readonly user: User
  /** Encoded. */
  readonly groups: readonly string[]
  readonly hasSeveralFactors: boolean
}

type Field = readonly [name: string, valueOf: (about: About) => string]

const nothing = (): string => ''
const id = ({ user }: About): string => headerValue(user.id)
const name = ({ user }: About): string => headerValue(user.name)
const email = ({ user }: About): string => headerValue(user.email ?? '')
const commaGroups = ({ groups }: About): string => groups.join(',')
const barGroups = ({ groups }: About): string => groups.join('|')

/** Those that we have nothing for are there all the same, so that nobody else fills them. */
const presets: Readonly<Record<HeaderPreset, readonly Field[]>> = {
  remote: [
    ['remote-user', name],
    ['remote-groups', commaGroups],
    ['remote-name', name],
    ['remote-email', email],
  ],
  authentik: [
    ['x-authentik-username', name],
    ['x-authentik-groups', barGroups],
    ['x-authentik-entitlements', nothing],
    ['x-authentik-email', email],
    ['x-authentik-name', name],
    ['x-authentik-uid', id],
    ['x-authentik-jwt', nothing],
    ['x-authentik-meta-jwks', nothing],
    ['x-authentik-meta-outpost', nothing],
    ['x-authentik-meta-provider', nothing],
    ['x-authentik-meta-app', nothing],
    ['x-authentik-meta-version', nothing],
  ],
  'oauth2-proxy': [
    ['x-forwarded-user', id],
    ['x-forwarded-email', email],
    ['x-forwarded-preferred-username', name],
    ['x-forwarded-groups', commaGroups],
  ],
  rauthy: [
    ['x-forwarded-user', id],
    ['x-forwarded-user-roles', nothing],
    ['x-forwarded-user-groups', commaGroups],
    ['x-forwarded-user-email', email],
    ['x-forwarded-user-email-verified', nothing],
    ['x-forwarded-user-family-name', nothing],
    ['x-forwarded-user-given-name', nothing],
    ['x-forwarded-user-mfa', ({ hasSeveralFactors: several }) => String(several)],
  ],
  none: [],
}

/** By the names of RFC 8176, which a session has for how its person proved who they are. */
function hasSeveralFactors(auth: unknown): boolean {
  if (typeof auth !== 'object' || auth === null || !('amr' in auth) || !Array.isArray(auth.amr)) return false
  return auth.amr.includes('mfa') || auth.amr.length > 1
}
