import assert from 'node:assert/strict'
import { AuthError } from '../core/errors.ts'

/** The error that a promise is refused with. It fails where there is none, or another kind. */
export async function refusal(promise: Promise<unknown>): Promise<AuthError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  assert.notEqual(error, null, 'Nothing was refused.')
  if (!(error instanceof AuthError)) throw error
  return error
}
