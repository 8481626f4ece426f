export interface PageHeadersOptions {
  /** Whether browsers reach this site by https: then they are told to keep to it for a year. */
  readonly https: boolean
  /** Whether the page has scripts of this site (false). */
  readonly scripts?: boolean
  /** Lets inline scripts with this nonce run: 128 random bits, new for each answer (none). */
  readonly nonce?: string
  /** Lets the one inline script with this hash run, such as `sha256-…` (none). */
  readonly scriptHash?: string
  /** Lets the inline style with this hash apply, such as `sha256-…` (none). */
  readonly styleHash?: string
  /**
   * Origins, or schemes such as `com.example.app:`, beside the own one that forms may lead to (none). Some browsers hold the
   * redirects after a form to it as well: a consent page names where its answer will go. Of this machine, `http://127.0.0.1:*`
   * names every port.
   */
  readonly formAction?: readonly string[]
  /** Origins whose pages may be framed by this one, such as those that sign a person out of applications (none). */
  readonly frames?: readonly string[]
  /**
   * Whether a page of another site that opened this one in a window keeps hold of the window (false). Applications sign people
   * in by popups: with `same-origin` the window is cut off when it first comes here, so that the callback of the application
   * finds no `opener`, and who waits takes it for closed. `same-origin-allow-popups` would not help, which is about windows
   * that a page opens itself (HTML, section 7.1.3.1). What the opener gets is to lead the window elsewhere, and to count its
   * frames; pages that frame anything, or change what somebody has, stay cut off.
   */
  readonly keepsOpener?: boolean
}

/** Header fields, each with its name in lower case. */
export type HeaderFields = readonly (readonly [name: string, value: string])[]

/**
 * What every HTML page is sent with: nothing from elsewhere loads, nothing inline runs, nobody frames it, nothing keeps it.
 * Throws `TypeError` where an option would break out of its place in the policy.
 *
 * `Referrer-Policy` is `same-origin`, not `no-referrer`: under the latter, browsers send `Origin: null` with the page's own
 * forms (Fetch, "append a request Origin header"), and the check against request forgery would refuse them. Towards other
 * sites both say nothing, which is what keeps codes and reset links from leaking (RFC 9700, section 4.2.4).
 */
export function pageHeaders(options: PageHeadersOptions): HeaderFields {
  return [
    ['content-type', 'text/html; charset=utf-8'],
    ['content-security-policy', contentSecurityPolicy(options)],
    ...(options.https ? [strictTransportSecurity] : []),
    ...everywhere,
    ['referrer-policy', 'same-origin'],
    ['cross-origin-opener-policy', options.keepsOpener === true ? 'unsafe-none' : 'same-origin'],
    ['permissions-policy', permissionsPolicy],
  ]
}

/** What every JSON answer is sent with: it is no page, and nothing keeps it. Answers that may be kept say so themselves. */
export function apiHeaders({ https }: { readonly https: boolean }): HeaderFields {
  return https ? apiOverHttps : apiOverHttp
}

/** RFC 6797, section 6.1: a year, in seconds. Not for subdomains, which may be other people's. */
const strictTransportSecurity = ['strict-transport-security', 'max-age=31536000'] as const

const everywhere = [
  ['x-content-type-options', 'nosniff'],
  // For browsers from before `frame-ancestors`.
  ['x-frame-options', 'DENY'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['cache-control', 'no-store'],
] as const

const apiOverHttp: HeaderFields = [
  ['content-type', 'application/json; charset=utf-8'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  // An answer may be read by other sites where CORS says so, which this field would forbid without asking.
  ...everywhere.filter(([name]) => name !== 'cross-origin-resource-policy'),
  ['referrer-policy', 'no-referrer'],
]
const apiOverHttps: HeaderFields = [...apiOverHttp, strictTransportSecurity]

/** Passkeys (`publickey-credentials-*`) are left to their default, the own origin. */
const permissionsPolicy = ['camera', 'display-capture', 'geolocation', 'microphone', 'midi', 'payment', 'serial', 'usb']
  .map((feature) => `${feature}=()`)
  .join(', ')

function contentSecurityPolicy(options: PageHeadersOptions): string {
  const { scripts, nonce, scriptHash, styleHash, formAction = [], frames = [] } = options
  const scriptSources = [
    ...(scripts === true ? ["'self'"] : []),
    ...(nonce === undefined ? [] : [`'nonce-${checked('nonce', nonce, /^[A-Za-z0-9+/_-]{22,}={0,2}$/)}'`]),
    ...(scriptHash === undefined ? [] : [`'${checked('scriptHash', scriptHash, hashSource)}'`]),
  ]
  const styleSources = [
    "'self'",
    ...(styleHash === undefined ? [] : [`'${checked('styleHash', styleHash, hashSource)}'`]),
  ]
  const formTargets = ["'self'", ...formAction.map((target) => checked('formAction', target, formTarget))]
  return [
    "default-src 'none'",
    ...(scriptSources.length === 0 ? [] : [`script-src ${scriptSources.join(' ')}`]),
    `style-src ${styleSources.join(' ')}`,
    "img-src 'self'",
    "font-src 'self'",
    ...(scripts === true ? ["connect-src 'self'"] : []),
    ...(frames.length === 0 ? [] : [`frame-src ${frames.map((one) => checked('frames', one, framed)).join(' ')}`]),
    `form-action ${formTargets.join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

const hashSource = /^sha(?:256-[A-Za-z0-9+/]{43}=|384-[A-Za-z0-9+/]{64}|512-[A-Za-z0-9+/]{86}==)$/

/** A scheme, or an origin: nothing with a path or a blank in it, and no wildcard but one for the ports of this machine (CSP Level 3, section 2.3.1). */
const formTarget =
  /^(?:http:\/\/127\.0\.0\.1:\*|[a-z][a-z0-9+.-]*:(?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?)?)$/

/** Whether an origin can stand in a policy, where hosts are letters, digits and hyphens (CSP Level 3, section 2.3.1). */
export function isPolicyOrigin(origin: string): boolean {
  return framed.test(origin)
}

/** An origin of the web. */
const framed = /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/

function checked(option: string, value: string, form: RegExp): string {
  if (!form.test(value)) throw new TypeError(`Page headers: ${option} has a value that cannot stand in a policy.`)
  return value
}
