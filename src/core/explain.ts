import { Attempt, isRefusal } from './attempt.ts'
import type { Authenticator } from './authenticator.ts'
import { PermissionDenied, type AuthError } from './errors.ts'
import type { Identity, Principal } from './identity.ts'
import { nameOf, type Permission } from './permission.ts'
import type { AuthRequest } from './request.ts'
import type { Quota, Throttle } from './throttle.ts'

/** Why a request is let in or refused. It holds names, codes and results, never a credential. */
export interface Explanation {
  readonly request: { readonly method: string; readonly path: string; readonly address: string | null }
  readonly authenticators: readonly AuthenticatorStep[]
  readonly throttles: readonly ThrottleStep[]
  /** Absent where authentication failed: a permission is not asked then. */
  readonly permission?: PermissionStep
  readonly identity: { readonly via: string; readonly principal: Pick<Principal, 'kind' | 'id' | 'name'> } | null
  readonly answer: {
    readonly allowed: boolean
    readonly status: number
    readonly code: string | null
    readonly detail: string | null
  }
}

export interface AuthenticatorStep {
  readonly name: string
  /** `skipped`: not its kind of credential. `not asked`: the chain had ended. */
  readonly outcome: 'skipped' | 'took it' | 'refused' | 'not asked'
  readonly code?: string
  readonly detail?: string
}

export interface ThrottleStep {
  readonly name: string
  readonly stage: Throttle['stage']
  /** `null` where it does not apply to this request. */
  readonly remaining: number | null
  /** Seconds to wait, or `null`. */
  readonly wait: number | null
}

export interface PermissionStep {
  readonly name: string
  readonly outcome: 'granted' | 'denied' | 'not asked'
  readonly code?: string
  readonly detail?: string
  readonly parts?: readonly PermissionStep[]
}

// oxlint-disable-next-line typescript/no-explicit-any -- any permission can be explained
type Explained = Permission<any, any>

/**
 * Walks the whole decision for a request and writes down each answer. Throttles are looked at, not used up. Authenticators
 * really run: a wrong password counts as a failed attempt here too.
 */
export async function explain(options: {
  readonly request: AuthRequest
  readonly authenticators: readonly Authenticator[]
  readonly throttles: readonly Throttle[]
  readonly permission: Explained
  readonly address: string | null
}): Promise<Explanation> {
  const { request, address } = options
  const chain = await walkChain(request, options.authenticators)
  const throttles = await lookAtThrottles(options.throttles, { request, identity: chain.identity, address })
  const permission =
    chain.error === null ? await walkPermission(options.permission, request, chain.identity) : undefined
  return {
    request: { method: request.method, path: pathOf(request.url), address },
    authenticators: chain.steps,
    throttles,
    ...(permission === undefined ? {} : { permission }),
    identity: chain.identity === null ? null : shown(chain.identity),
    answer: answerOf(chain, throttles, permission, options.authenticators, request),
  }
}

interface Chain {
  readonly steps: readonly AuthenticatorStep[]
  readonly identity: Identity | null
  readonly error: AuthError | null
}

async function walkChain(request: AuthRequest, authenticators: readonly Authenticator[]): Promise<Chain> {
  const attempt = new Attempt(authenticators)
  let identity: Identity | null = null
  let error: AuthError | null = null
  try {
    identity = await attempt.ask(request)
  } catch (refused) {
    if (!isRefusal(refused)) throw refused
    error = refused
  }
  const last = attempt.by === null ? authenticators.length : authenticators.indexOf(attempt.by)
  const unclaimed = error !== null && identity === null
  const steps = authenticators.map(({ name }, index): AuthenticatorStep => {
    if (index < last) return { name, outcome: 'skipped' }
    if (index > last) return { name, outcome: unclaimed ? 'skipped' : 'not asked' }
    return error === null
      ? { name, outcome: 'took it' }
      : { name, outcome: 'refused', code: error.code, detail: error.message }
  })
  return { steps, identity, error }
}

async function lookAtThrottles(
  throttles: readonly Throttle[],
  check: Parameters<Throttle['peek']>[0],
): Promise<ThrottleStep[]> {
  const steps: ThrottleStep[] = []
  for (const { name, stage, peek } of throttles) {
    const quota: Quota | null = await peek(check)
    steps.push({ name, stage, remaining: quota?.remaining ?? null, wait: quota?.wait ?? null })
  }
  return steps
}

/** Asks the parts of a combination one by one, as the combination itself would: what it would not ask is not asked. */
async function walkPermission(
  asked: Explained,
  request: AuthRequest,
  identity: Identity | null,
): Promise<PermissionStep> {
  const { combines, parts } = asked.rule ?? {}
  if (combines === undefined || parts === undefined) return askOne(asked, request, identity)
  const steps: PermissionStep[] = []
  const decisive = combines === 'anyOf' ? 'granted' : 'denied'
  for (const part of parts) {
    const decided = combines !== 'not' && steps.some((step) => step.outcome === decisive)
    steps.push(decided ? { name: nameOf(part), outcome: 'not asked' } : await walkPermission(part, request, identity))
  }
  const one = steps.find((step) => step.outcome === decisive)
  const granted =
    combines === 'anyOf' ? one !== undefined : combines === 'allOf' ? one === undefined : one !== undefined
  const reason = granted
    ? undefined
    : (one ?? steps.find((step) => step.outcome === 'denied' && step.code !== undefined))
  return {
    name: nameOf(asked),
    outcome: granted ? 'granted' : 'denied',
    ...(reason?.code === undefined ? {} : { code: reason.code, detail: reason.detail ?? '' }),
    parts: steps,
  }
}

async function askOne(asked: Explained, request: AuthRequest, identity: Identity | null): Promise<PermissionStep> {
  const name = nameOf(asked)
  try {
    const answer: unknown = await asked({ request, identity, resource: undefined })
    return { name, outcome: answer === true ? 'granted' : 'denied' }
  } catch (error) {
    if (!isRefusal(error)) throw error
    return { name, outcome: 'denied', code: error.code, detail: error.message }
  }
}

function answerOf(
  chain: Chain,
  throttles: readonly ThrottleStep[],
  permission: PermissionStep | undefined,
  authenticators: readonly Authenticator[],
  request: AuthRequest,
): Explanation['answer'] {
  const refuse = (status: number, code: string, detail: string): Explanation['answer'] => {
    const bare = status === 401 && authenticators.every(({ challenge }) => (challenge?.(request) ?? null) === null)
    return { allowed: false, status: bare ? 403 : status, code, detail }
  }
  const early = throttles.find(({ stage, wait }) => stage !== 'after' && wait !== null)
  if (early !== undefined) return refuse(429, 'throttled', `The throttle ${early.name} asks to wait ${early.wait} s.`)
  if (chain.error !== null) return refuse(chain.error.status, chain.error.code, chain.error.message)
  if (permission?.outcome !== 'granted') {
    if (chain.identity === null) return refuse(401, 'not_authenticated', 'Nobody showed who they are.')
    const denied = new PermissionDenied(permission?.code, permission?.detail)
    return refuse(permission?.code === 'insufficient_user_authentication' ? 401 : 403, denied.code, denied.message)
  }
  const late = throttles.find(({ stage, wait }) => stage === 'after' && wait !== null)
  if (late !== undefined) return refuse(429, 'throttled', `The throttle ${late.name} asks to wait ${late.wait} s.`)
  return { allowed: true, status: 200, code: null, detail: null }
}

function shown({ via, principal: { kind, id, name } }: Identity): NonNullable<Explanation['identity']> {
  return { via, principal: { kind, id, name } }
}

/** The path without the query, which may hold secrets. */
function pathOf(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  return path === '' ? '/' : path
}
