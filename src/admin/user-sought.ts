import type { Users } from '../accounts/users.ts'
import { sought } from '../screens/sought.ts'

/** The user that a list is narrowed to. */
export interface UserSought {
  /** The username or e-mail address, as it was typed; empty: all. */
  readonly typed: string
  /** `undefined`: all; the id of nobody where there is no such user. */
  readonly id: string | undefined
}

/** Finds the user whom a field of the filters names. */
export async function userSought(
  query: URLSearchParams,
  name: string,
  users: Pick<Users, 'findByLogin'>,
): Promise<UserSought> {
  const typed = sought(query, name)
  if (typed === '') return { typed, id: undefined }
  return { typed, id: (await users.findByLogin(typed))?.id ?? nobody }
}

const nobody = '00000000000'
