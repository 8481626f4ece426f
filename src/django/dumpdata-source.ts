import { batchSize, type DjangoRow, type DjangoSource, SourceUnreadable } from './source.ts'

/**
 * Reads what `manage.py dumpdata` wrote: a list of objects in JSON, or one object a line. Foreign keys have to be ids, as they
 * are unless `--natural-foreign` was given. Throws `SourceUnreadable` for a text that is nothing of the kind.
 */
export function dumpdataSource(text: string, name = 'the file'): DjangoSource {
  const tables = new Map<string, DjangoRow[]>()
  const add = (table: string, row: DjangoRow): void => {
    const rows = tables.get(table)
    if (rows === undefined) tables.set(table, [row])
    else rows.push(row)
  }
  for (const { model, pk, fields } of objectsIn(text, name)) {
    const table = model.replace('.', '_').toLowerCase()
    const [, own = ''] = model.toLowerCase().split('.')
    const row: Record<string, unknown> = { id: pk, key: pk, session_key: pk }
    for (const [field, value] of Object.entries(fields)) {
      if (!Array.isArray(value)) {
        // What is a reference is not told: a column of each name, of which one is asked for.
        row[field] = value
        row[`${field}_id`] ??= value
        continue
      }
      for (const other of value as readonly unknown[]) {
        if (Array.isArray(other)) throw natural(name)
        add(`${table}_${field}`, { [`${own}_id`]: pk, [`${singular(field)}_id`]: other })
      }
    }
    add(table, row)
  }
  return {
    what: name,
    tables: new Map([...tables].map(([table, rows]) => [table, Object.keys(rows[0] ?? {})])),
    async *batches(table, orderBy) {
      const rows = (tables.get(table) ?? []).toSorted((a, b) => compared(a[orderBy], b[orderBy]))
      for (let start = 0; start < rows.length; start += batchSize) yield rows.slice(start, start + batchSize)
    },
    close: async () => undefined,
  }
}

/** Tells such a text from other JSON by how it begins. */
export function looksLikeDumpdata(text: string): boolean {
  return /^\s*\[?\s*\{\s*"(?:model|pk|fields)"\s*:/.test(text) && /"model"\s*:\s*"\w+\.\w+"/.test(text)
}

interface Dumped {
  readonly model: string
  readonly pk: string | number
  readonly fields: Readonly<Record<string, unknown>>
}

function objectsIn(text: string, name: string): readonly Dumped[] {
  const objects = parsed(text, name)
  const wrong = objects.findIndex((one) => !isDumped(one))
  if (wrong !== -1) {
    throw new SourceUnreadable(
      `Object ${wrong + 1} of ${name} is none of dumpdata: it has model, pk and fields. Leave --natural-primary out.`,
    )
  }
  return objects as readonly Dumped[]
}

function parsed(text: string, name: string): readonly unknown[] {
  try {
    if (!text.trimStart().startsWith('{')) {
      const value: unknown = JSON.parse(text)
      if (Array.isArray(value)) return value as readonly unknown[]
    } else {
      const lines = text.split('\n').filter((line) => line.trim() !== '')
      return lines.map((line): unknown => JSON.parse(line))
    }
  } catch (error) {
    throw new SourceUnreadable(`${name} is no JSON: it seems to be cut off, or to be something else.`, { cause: error })
  }
  throw new SourceUnreadable(`${name} is no list of objects, as dumpdata writes it.`)
}

function isDumped(value: unknown): value is Dumped {
  if (typeof value !== 'object' || value === null) return false
  const { model, pk, fields } = value as Partial<Record<keyof Dumped, unknown>>
  return (
    typeof model === 'string' &&
    /^\w+\.\w+$/.test(model) &&
    (typeof pk === 'number' || typeof pk === 'string') &&
    typeof fields === 'object' &&
    fields !== null
  )
}

function natural(name: string): SourceUnreadable {
  return new SourceUnreadable(`${name} was written with --natural-foreign. Write it again without.`)
}

/** Django names the column of a relation to many for the model: `groups` holds `group_id`, `user_permissions` `permission_id`. */
function singular(field: string): string {
  return field === 'user_permissions' ? 'permission' : field.replace(/s$/, '')
}

function compared(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a) < String(b) ? -1 : 1
}
