import { keyIn, textIn } from './columns.ts'
import { type DjangoSource, rowsOf, SourceUnreadable } from './source.ts'

/** The permissions of a project by their keys, under the names that `user.has_perm` asks for: `notes.change_note`. */
export async function permissionNames(source: DjangoSource): Promise<ReadonlyMap<string, string>> {
  const labels = new Map<string, string>()
  for await (const row of rowsOf(source, 'django_content_type', 'id')) {
    labels.set(keyIn(row, 'id') ?? '', textIn(row, 'app_label'))
  }
  // `dumpdata` names the model in the way of its app.
  for await (const row of rowsOf(source, 'contenttypes_contenttype', 'id')) {
    labels.set(keyIn(row, 'id') ?? '', textIn(row, 'app_label'))
  }
  const names = new Map<string, string>()
  for await (const row of rowsOf(source, 'auth_permission', 'id')) {
    const label = labels.get(keyIn(row, 'content_type_id') ?? '')
    if (label !== undefined) names.set(keyIn(row, 'id') ?? '', `${label}.${textIn(row, 'codename')}`)
  }
  return names
}

/** What a table between two things holds: the keys of the second, by those of the first. */
export async function pairsIn(
  source: DjangoSource,
  table: string,
  first: string,
  second: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const pairs = new Map<string, string[]>()
  for await (const row of rowsOf(source, table, first)) {
    const [one, other] = [keyIn(row, first), keyIn(row, second)]
    if (one === null || other === null) continue
    const list = pairs.get(one)
    if (list === undefined) pairs.set(one, [other])
    else list.push(other)
  }
  return pairs
}

/** The names of permissions by their keys. Throws `SourceUnreadable` for those that are nowhere. */
export function named(
  keys: readonly string[],
  names: ReadonlyMap<string, string>,
  source: DjangoSource,
): readonly string[] {
  return keys.map((key) => {
    const name = names.get(key)
    if (name !== undefined) return name
    throw new SourceUnreadable(
      `${source.what} gives the permission ${key} and does not tell its name. Dump auth.permission and contenttypes too.`,
    )
  })
}
