import type { CompleteSignIn } from '../accounts/complete-sign-in.ts'
import type { PendingSignIn } from '../accounts/pending-sign-ins.ts'
import type { Exchange } from '../http/exchange.ts'
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
