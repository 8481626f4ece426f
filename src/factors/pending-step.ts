import type { CompleteSignIn } from '../accounts/complete-sign-in.ts'
import type { PendingSignIn } from '../accounts/pending-sign-ins.ts'
import type { PageRefusal } from '../accounts/page-refusal.ts'
import { AuthError } from '../core/errors.ts'
import type { Csrf } from '../http/csrf.ts'
import type { Answer, Endpoint, Exchange } from '../http/exchange.ts'
import { signInIsOver } from './second-factors.ts'

/** Finds the sign-in of a browser that waits for a step. `elsewhere` is where it waits for another one. Throws where it is over. */
export async function waitingFor(
  step: string,
  completion: Pick<CompleteSignIn, 'find' | 'stepOf'>,
  request: Exchange,
): Promise<{ readonly signIn: PendingSignIn; readonly elsewhere: string | null; readonly isDue: boolean }> {
  const signIn = await completion.find(request)
  if (signIn === null) throw signInIsOver()
  const due = await completion.stepOf(request, signIn)
  const elsewhere = due !== null && due.step !== step ? due.path : null
  return { signIn, elsewhere, isDue: due !== null && elsewhere === null }
}

/** An endpoint for people: what is refused is a page. */
export function forPeople(refusal: PageRefusal, work: (request: Exchange) => Promise<Answer>): Endpoint {
  return async (request) => {
    try {
      return await work(request)
    } catch (error) {
      if (!(error instanceof AuthError)) throw error
      return refusal(request, error)
    }
  }
}

/** A request with JSON needs no token before there is a session, but where browsers tell where it comes from, that has to be here. */
export function checkScript(request: Exchange, csrf: Pick<Csrf, 'checkOrigin'>): void {
  const { headers } = request
  if (headers.get('origin') !== null || headers.get('sec-fetch-site') !== null) csrf.checkOrigin(request)
}

/** Leads a browser on. */
export function leadTo(location: string, headers: Answer['headers'] = []): Answer {
  return { status: 303, headers: [['location', location], ['cache-control', 'no-store'], ...headers], body: '' }
}
