import { clearCookie, formatCookie, readCookies } from '../http/cookies.ts'
import type { User } from '../core/identity.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import { requestedBy } from '../http/requested-by.ts'
import type { StepProgress } from '../pages/step-progress.ts'
import { browserSession } from './browser-session.ts'
import type { PendingSignIn, PendingSignIns } from './pending-sign-ins.ts'
import type { GivenSession, Sessions } from './sessions.ts'

export interface CompleteSignInOptions {
  readonly sessions: Pick<Sessions, 'cookieName' | 'find' | 'create' | 'cookie'>
  readonly csrf: { readonly cookie: (token: string) => string }
  /** Where sign-ins wait that still have a step before them (needed where there are steps). */
  readonly pending?: PendingSignIns
  /** What may still be due after a credential was right, in this order (nothing). */
  readonly steps?: readonly SignInStep[]
  /** What else the session is to say of how somebody signed in, in the names of RFC 8176, once no step is due (nothing). */
  readonly marks?: (signIn: ProvenSignIn, request: Exchange) => Promise<readonly string[]>
  /** Hears who has got a session, as where that ends what was to help them in (nothing). */
  readonly onSignedIn?: (user: User) => Promise<void>
  /** Whether browsers reach this site by https (true). Without, the cookie is not `Secure` and has no `__Host-` prefix. */
  readonly secure?: boolean
  /** The name of the cookie of a pending sign-in, before the prefix (signin). */
  readonly cookieName?: string
}

/** Somebody who showed a credential that is right: a password, a code by mail, a passkey, the word of another provider. */
export interface ProvenSignIn {
  readonly user: User
  /** How they proved who they are, in the names of RFC 8176. `mfa` where it was more than one factor: then no second one is asked for. */
  readonly amr: readonly string[]
  /** Milliseconds, from before the credential was looked at: what ends the user's access meanwhile ends this sign-in too. */
  readonly authenticatedAt: number
  /** Where the browser is to go when all is done, as `safeNext` gave it (home). */
  readonly next?: string | null
  /** It was a code for emergencies: no step is due, and the session ends after so many seconds, used or not (none). */
  readonly emergency?: { readonly lifetime: number }
}

/** Something that may be due between a right credential and the session: a second factor, or what policy wants done first. */
export interface SignInStep {
  /** What scripts are told is next, such as `second_factor`. */
  readonly name: string
  /** Where its page is. */
  readonly path: string
  /** Whether it is something to be done once before one is let in, and is counted with the others of that kind (false). */
  readonly isForced?: boolean
  /** `null` where this sign-in need not go through it, else what scripts are told beside its name, such as `ways`. */
  readonly due: (signIn: ProvenSignIn, request: Exchange) => Promise<Readonly<Record<string, unknown>> | null>
  /** Hears that a sign-in has come to wait for it, as where something has to be mailed (nothing). */
  readonly begin?: (signIn: ProvenSignIn, request: Exchange) => Promise<void>
}

export type SignInOutcome = SignedIn | StepDue

/** All is done: the browser has a session once it has these headers. */
export interface SignedIn {
  readonly kind: 'signed_in'
  readonly user: User
  readonly session: GivenSession
  readonly next: string | null
  readonly headers: Answer['headers']
}

/** A step is due: the browser has no session, only what lets it go on with this sign-in. */
export interface StepDue {
  readonly kind: 'step_due'
  /** The step's name and path, and what scripts are told beside them. */
  readonly step: string
  readonly path: string
  readonly detail: Readonly<Record<string, unknown>>
  readonly next: string | null
  /** When it is too late to go on, in milliseconds since 1970. */
  readonly expiresAt: number
  readonly headers: Answer['headers']
}

/**
 * What every way to sign in does once a credential was found right. Nothing else makes a session of a sign-in, so that no way
 * is weaker than another. `signInAnswer` and `signInJson` write what comes out of it.
 */
export interface CompleteSignIn {
  /** Makes the session, or, while a step is due, a pending sign-in: a row and a cookie of their own that no authenticator takes. */
  readonly complete: (request: Exchange, proven: ProvenSignIn) => Promise<SignInOutcome>
  /** The pending sign-in of a browser, `null` where it has none that lives. */
  readonly find: (request: Pick<Exchange, 'headers'>) => Promise<PendingSignIn | null>
  /**
   * Goes on with a pending sign-in after a step was done: to the next one, or to the session. Each can be gone on with once:
   * `null` for whoever comes second, or too late. `amr` is what the step proved beside what there is (nothing).
   */
  readonly advance: (
    request: Exchange,
    pending: PendingSignIn,
    amr?: readonly string[],
  ) => Promise<SignInOutcome | null>
  /** Counts a guess at a step, before anything is compared. `false` where all are used up: then the sign-in is over. */
  readonly countGuess: (pending: PendingSignIn) => Promise<boolean>
  /** Which step a pending sign-in waits for, without going on with it. `null` where none is due any more. */
  readonly stepOf: (
    request: Exchange,
    pending: PendingSignIn,
  ) => Promise<Pick<StepDue, 'step' | 'path' | 'detail'> | null>
  /** Which of the forced steps it waits for, and how many there are with those that are done: people are told what is still to come. */
  readonly progress: (request: Exchange, pending: PendingSignIn) => Promise<StepProgress>
  /** Forgets the pending sign-in of a browser, as signing out does. The headers take its cookie away. */
  readonly abandon: (request: Pick<Exchange, 'headers'>) => Promise<Answer['headers']>
}

export function createCompleteSignIn(options: CompleteSignInOptions): CompleteSignIn {
  const { sessions, csrf, pending: store, steps = [], secure = true } = options
  const { onSignedIn = async () => undefined, marks = async () => [] } = options
  if (steps.length > 0 && store === undefined) {
    throw new TypeError('Sign-in: steps need pending, the store of sign-ins that wait for them.')
  }
  const cookieName = `${secure ? '__Host-' : ''}${options.cookieName ?? 'signin'}`

  async function stepOf(
    request: Exchange,
    proven: ProvenSignIn,
  ): Promise<Pick<StepDue, 'step' | 'path' | 'detail'> | null> {
    if (proven.emergency !== undefined) return null
    for (const { name: step, path, due } of steps) {
      const detail = await due(proven, request)
      if (detail !== null) return { step, path, detail }
    }
    return null
  }

  async function signedIn(request: Exchange, proven: ProvenSignIn): Promise<SignedIn> {
    const { user, authenticatedAt, next = null } = proven
    const amr = [...proven.amr, ...(await marks(proven, request))]
    const { value: replaces } = await browserSession(request, sessions)
    const userAgent = request.headers.get('user-agent')
    const { address } = request
    const { lifetime } = proven.emergency ?? {}
    const session = await sessions.create({
      userId: user.id,
      amr,
      authenticatedAt,
      address,
      userAgent,
      replaces,
      lifetime,
    })
    const headers = [
      ['set-cookie', sessions.cookie(session.value)],
      ['set-cookie', csrf.cookie(session.csrfToken)],
      ...(cookiesOf(request).length === 0 ? [] : [cleared()]),
    ] as const
    await onSignedIn(user)
    return { kind: 'signed_in', user, session, next, headers }
  }

  async function begin({ step }: Pick<StepDue, 'step'>, request: Exchange, proven: ProvenSignIn): Promise<void> {
    await steps.find(({ name }) => name === step)?.begin?.(proven, request)
  }

  const cookiesOf = ({ headers }: Pick<Exchange, 'headers'>): readonly string[] =>
    readCookies(headers.get('cookie'), cookieName).slice(0, 3)
  const cleared = () => ['set-cookie', clearCookie(cookieName, { secure })] as const
  const kept = (value: string, lifetime: number) =>
    ['set-cookie', formatCookie(cookieName, value, { secure, maxAge: lifetime })] as const

  async function find(request: Pick<Exchange, 'headers'>): Promise<PendingSignIn | null> {
    for (const value of cookiesOf(request)) {
      const found = (await store?.find(value)) ?? null
      if (found !== null) return found
    }
    return null
  }

  return {
    find,
    stepOf,

    progress: async (request, pending) => {
      const forced = steps.filter(({ isForced = false }) => isForced)
      const due = await Promise.all(forced.map(async (step) => step.due(pending, request)))
      const left = due.filter((detail) => detail !== null).length
      return { number: pending.stepsDone + 1, of: pending.stepsDone + Math.max(1, left) }
    },
    countGuess: async (pending) => (await store?.countGuess(pending)) ?? false,

    complete: async (request, proven) => {
      const step = await stepOf(request, proven)
      const old = cookiesOf(request)
      if (step === null || store === undefined) {
        for (const value of old) await store?.drop(value)
        return signedIn(request, proven)
      }
      const opened = await store.open(proven, { step: step.step, ...requestedBy(request), replaces: old })
      await begin(step, request, proven)
      const { next = null } = proven
      return {
        kind: 'step_due',
        ...step,
        next,
        expiresAt: opened.expiresAt,
        headers: [kept(opened.value, store.lifetime)],
      }
    },

    advance: async (request, pending, amr = []) => {
      if (store === undefined) return null
      const all = [...new Set([...pending.amr, ...amr])]
      const proven = { ...pending, amr: all }
      const step = await stepOf(request, proven)
      if (step === null) return (await store.take(pending)) ? signedIn(request, proven) : null
      const wasForced = steps.some(({ name, isForced = false }) => isForced && name === pending.step)
      const stepsDone = pending.stepsDone + (wasForced && pending.step !== step.step ? 1 : 0)
      const moved = await store.move(pending, { amr: all, step: step.step, stepsDone })
      if (moved === null) return null
      await begin(step, request, proven)
      const { next, expiresAt } = pending
      return { kind: 'step_due', ...step, next, expiresAt, headers: [kept(moved, store.lifetime)] }
    },

    abandon: async (request) => {
      const values = cookiesOf(request)
      for (const value of values) await store?.drop(value)
      return values.length === 0 ? [] : [cleared()]
    },
  }
}
