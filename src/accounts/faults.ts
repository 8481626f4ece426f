import { AuthError } from '../core/errors.ts'
import type { BodyFields } from '../http/parse-body.ts'
import type { Problem } from '../pages/components.ts'
import { textOf } from './browser-session.ts'
import { invalid } from './user-values.ts'

/** What is wrong with the fields of a form, by name. */
export type Faults = Readonly<Record<string, readonly string[]>>

/** The faults that `invalid` names. Every other error is thrown on. */
export function faultsIn(error: unknown): Faults {
  if (!(error instanceof AuthError) || error.code !== 'invalid' || error.body === undefined) throw error
  return error.body as Faults
}

/** As the summary at the top of a page lists them, each with the control it is about: `id_` and the name of its field. */
export function problemsOf(faults: Faults): readonly Problem[] {
  return Object.entries(faults).flatMap(([name, messages]) =>
    messages.map((message) => ({ message, field: `id_${name}` })),
  )
}

/**
 * A text that a script has to send, under the first of these names that it is sent under: clients of Django differ in them.
 * Throws `invalid` that names the first of them where it is missing, blank or no text.
 */
export function neededText(fields: BodyFields, ...names: readonly [string, ...string[]]): string {
  const sent = names.find((name) => fields[name] !== undefined && fields[name] !== null)
  if (sent === undefined) throw invalid({ [names[0]]: ['This field is required.'] })
  const value = textOf(fields, sent)
  if (value === null) throw invalid({ [sent]: ['Not a valid string.'] })
  if (value === '') throw invalid({ [sent]: ['This field may not be blank.'] })
  return value
}

/** A new password, which some clients send twice: then both have to be the same. */
export function newPasswordIn(fields: BodyFields): { readonly password: string; readonly field: string } {
  const names = ['new_password', 'new_password1'] as const
  const password = neededText(fields, ...names)
  for (const repeated of ['new_password2', 're_new_password']) {
    const again = fields[repeated]
    if (again !== undefined && again !== password) {
      throw invalid({ [repeated]: ['The two passwords are not the same.'] })
    }
  }
  return { password, field: fields['new_password'] === undefined ? 'new_password1' : 'new_password' }
}
