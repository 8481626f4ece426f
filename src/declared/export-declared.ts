import type { Declared } from './declared-file.ts'
import type { DeclaredStores } from './kind.ts'
import { kinds } from './kinds.ts'

export interface ExportOptions {
  /** Whether users are among it, with the organisations that they are members of and the roles that they have for good (false). */
  readonly users?: boolean
  /** Whether the keys of service accounts are among it, without what they are (false). */
  readonly keys?: boolean
}

/** Everything that there is in the form that `applyDeclared` takes. There is no secret in it. */
export async function exportDeclared(stores: DeclaredStores, options: ExportOptions = {}): Promise<Declared> {
  const { users = false, keys = false } = options
  const left = [...(users ? [] : ['users']), ...(keys ? [] : ['api_keys'])]
  const lists: (readonly [string, Declared[string]])[] = []
  for (const { list, all } of kinds) {
    if (left.includes(list)) continue
    lists.push([list, (await all(stores, { people: users })).map(({ stanza }) => stanza)])
  }
  return Object.fromEntries(lists)
}
