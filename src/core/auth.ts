import { attemptOf, type Attempt } from './attempt.ts'
import type { Authenticator, IdentityOf } from './authenticator.ts'
import { AuthenticationFailed, NotAuthenticated, PermissionDenied, Throttled } from './errors.ts'
import { explain, type Explanation } from './explain.ts'
import type { Identity } from './identity.ts'
import type { Permission } from './permission.ts'
import { refusalOf, type Refusal } from './refusal.ts'
import { peerAddress, type AuthRequest, type ClientAddress } from './request.ts'
import { rateLimitHeaders, type Throttle, type ThrottleCheck } from './throttle.ts'

export interface AuthOptions<Authenticators extends readonly Authenticator[]> {
  /** Asked in order; the first that does not answer `null` decides. Names differ. */
  readonly authenticators: Authenticators
  /** What a route asks for that names no permission of its own (any principal). */
  readonly permission?: Permission<IdentityOf<Authenticators[number]> | null>
  /** Asked once a request: see `Throttle.stage` for when (none). */
  readonly throttles?: readonly Throttle[]
  /** How the caller's address is found (the peer's). Behind a proxy, `forwardedFor({ trusted })`. */
  readonly address?: ClientAddress
  /** Hears of every refusal and every fault, with its cause, for the log and the audit (nobody). */
  readonly onRefused?: (request: AuthRequest, error: unknown) => void
}

/** What a route may set for itself. */
export interface Overrides<Authenticators extends readonly Authenticator[]> {
  readonly authenticators?: Authenticators
  readonly permission?: Permission<IdentityOf<Authenticators[number]> | null>
  /** In place of those asked after authentication. What stops floods and guessing stays: no route can switch it off. */
  readonly throttles?: readonly Throttle[]
}

// oxlint-disable-next-line typescript/no-explicit-any -- a rule for one kind of resource is handed over with that resource
type AnyPermission<Who> = Permission<Who, any>

/** The door: who is it, may they, and the answer if not. */
export interface Auth<Who extends Identity = Identity> {
  readonly authenticators: readonly Authenticator[]
  /** The permission of routes that name none. */
  readonly permission: AnyPermission<Who | null>
  /** Who it is, or `null` for a stranger. Throws when a credential is no good. Lazy, and asked once a request. */
  readonly identify: (request: AuthRequest) => Promise<Who | null>
  /** The identity, once `permission` agrees; throws `NotAuthenticated` or `PermissionDenied` otherwise. */
  readonly require: {
    (request: AuthRequest, permission?: Permission<Who | null, undefined>): Promise<Who>
    /** A permission that asks about a resource is handed one: to forget it does not compile. */
    <Resource>(request: AuthRequest, permission: Permission<Who | null, Resource>, resource: Resource): Promise<Who>
  }
  /** As `require`, open to strangers whom `permission` admits. */
  readonly allow: {
    (request: AuthRequest, permission: Permission<Who | null, undefined>): Promise<Who | null>
    <Resource>(
      request: AuthRequest,
      permission: Permission<Who | null, Resource>,
      resource: Resource,
    ): Promise<Who | null>
  }
  /** Why a request is let in or refused: every authenticator, throttle and permission with its answer, and no secret. */
  readonly explain: (request: AuthRequest, permission?: AnyPermission<Who | null>) => Promise<Explanation>
  /** The answer to a request that was refused with `error`, as a Web `Response`. */
  readonly respond: (request: AuthRequest, error: unknown) => Response
  /** The same as plain values. */
  readonly refusal: (request: AuthRequest, error: unknown) => Refusal
  /** Headers that a successful answer has to carry, such as the RateLimit ones. */
  readonly headers: (request: AuthRequest) => readonly (readonly [name: string, value: string])[]
  /** The same door with a route's own policy. */
  readonly with: {
    <const Own extends readonly Authenticator[]>(
      overrides: Overrides<Own> & { readonly authenticators: Own },
    ): Auth<IdentityOf<Own[number]>>
    (overrides: {
      readonly permission?: Permission<Who | null>
      readonly throttles?: readonly Throttle[]
      readonly authenticators?: undefined
    }): Auth<Who>
  }
}

/** Puts authenticators, a default permission and throttles together into one door. */
export function createAuth<const Authenticators extends readonly Authenticator[]>(
  options: AuthOptions<Authenticators>,
): Auth<IdentityOf<Authenticators[number]>> {
  type Who = IdentityOf<Authenticators[number]>
  const { authenticators, throttles = [], address = peerAddress } = options
  const permission: AnyPermission<Who | null> = options.permission ?? anyPrincipal
  refuseUnfit(authenticators)
  refuseDoubledNames(authenticators)

  const before = throttles.filter((throttle) => throttle.stage === 'before')
  const failures = throttles.filter((throttle) => throttle.stage === 'failure')
  const after = throttles.filter((throttle) => throttle.stage === 'after')
  const isGuarded = before.length + failures.length > 0

  function identify(request: AuthRequest): Promise<Who | null> {
    const attempt = attemptOf(request, authenticators)
    attempt.identity ??= isGuarded ? askGuarded(request, attempt) : attempt.ask(request)
    return attempt.identity as Promise<Who | null>
  }

  /** Floods and guessing are stopped before any credential is looked at; a wrong one counts. */
  async function askGuarded(request: AuthRequest, attempt: Attempt): Promise<Identity | null> {
    const check = { request, identity: null, address: address(request) }
    await take(before, check, attempt)
    for (const throttle of failures) {
      const quota = await throttle.peek(check)
      if (quota !== null && quota.wait !== null) throw new Throttled(quota.wait, 'too_many_attempts')
    }
    try {
      return await attempt.ask(request)
    } catch (error) {
      if (error instanceof AuthenticationFailed) for (const throttle of failures) await throttle.take(check)
      throw error
    }
  }

  /** One function for both: each that waits for another costs a request on a busy door. */
  async function admit<Resource>(
    request: AuthRequest,
    asked: Permission<Who | null, Resource>,
    resource: Resource | undefined,
    mayBeStranger: boolean,
  ): Promise<Who | null> {
    const identity = await identify(request)
    try {
      const answer: unknown = await asked({ request, identity, resource: resource as Resource })
      if (answer !== true) throw identity === null ? new NotAuthenticated() : new PermissionDenied()
    } catch (error) {
      // A stranger who is denied with a reason is still asked "who are you?", if anybody here could find out.
      const isStranger = identity === null && authenticators.length > 0
      if (isStranger && error instanceof PermissionDenied) throw new NotAuthenticated(undefined, { cause: error })
      throw error
    }
    if (throttles.length > 0) {
      const attempt = attemptOf(request, authenticators)
      // Whoever asked who it is may have had other throttles.
      await take(before, { request, identity: null, address: address(request) }, attempt)
      await take(after, { request, identity, address: address(request) }, attempt)
    }
    if (identity === null && !mayBeStranger) throw new NotAuthenticated()
    return identity
  }

  function refusal(request: AuthRequest, error: unknown): Refusal {
    options.onRefused?.(request, error)
    return refusalOf(request, error, authenticators, attemptOf(request, authenticators).by)
  }

  return {
    authenticators,
    permission,
    identify,
    require: (request: AuthRequest, asked: AnyPermission<Who | null> = permission, resource?: unknown) =>
      admit(request, asked, resource, false),
    allow: (request: AuthRequest, asked: AnyPermission<Who | null>, resource?: unknown) =>
      admit(request, asked, resource, true),
    refusal,
    respond: (request: AuthRequest, error: unknown) => {
      const { status, headers, body } = refusal(request, error)
      return new Response(body, { status, headers: headers.map(([name, value]): [string, string] => [name, value]) })
    },
    headers: (request: AuthRequest) =>
      throttles.length === 0 ? none : rateLimitHeaders(attemptOf(request, authenticators).quotas),
    explain: (request: AuthRequest, asked = permission) =>
      explain({ request, authenticators, throttles, permission: asked, address: address(request) }),
    with: ({ throttles: own, ...overrides }: Overrides<readonly Authenticator[]>) =>
      createAuth({
        ...options,
        ...definedOf(overrides),
        ...(own === undefined ? {} : { throttles: [...before, ...failures, ...own] }),
      } as AuthOptions<Authenticators>),
  } as unknown as Auth<Who>
}

const none: readonly (readonly [string, string])[] = []

/** Any principal: the policy of a door that names no other. */
const anyPrincipal = Object.assign(async ({ identity }: { identity: Identity | null }) => identity !== null, {
  rule: { name: 'isAuthenticated' },
})

/** Asks every throttle, also after one refused, so that each sees every request; the longest wait counts. */
async function take(throttles: readonly Throttle[], check: ThrottleCheck, attempt: Attempt): Promise<void> {
  let longest: number | null = null
  for (const throttle of throttles) {
    if (throttle.appliesTo?.(check.identity) === false) continue
    const quota = await attempt.take(throttle, check)
    if (quota !== null && quota.wait !== null) longest = Math.max(longest ?? 0, quota.wait)
  }
  if (longest !== null) {
    throw new Throttled(longest, 'throttled', { headers: Object.fromEntries(rateLimitHeaders(attempt.quotas)) })
  }
}

/** What JavaScript or a cast lets through is found at start, and not by the first request. */
function refuseUnfit(authenticators: readonly (Partial<Authenticator> | null | undefined)[]): void {
  for (const [index, given] of authenticators.entries()) {
    const lacks = typeof given?.authenticate !== 'function' ? 'authenticate' : given.name === '' ? 'name' : null
    if (lacks === null) continue
    const remedy = typeof given === 'function' ? 'It is a factory: call it.' : 'See Authenticator for what it needs.'
    throw new TypeError(`createAuth: authenticators[${index}] has no ${lacks}. ${remedy}`)
  }
}

function refuseDoubledNames(authenticators: readonly Authenticator[]): void {
  const names = authenticators.map((authenticator) => authenticator.name)
  const doubled = names.find((name, index) => names.indexOf(name) !== index)
  if (doubled !== undefined) {
    throw new TypeError(`Two authenticators are named "${doubled}". Give one another name: it becomes identity.via.`)
  }
}

/** An override that is there but undefined does not override. */
function definedOf<Given extends object>(given: Given): Partial<Given> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<Given>
}
