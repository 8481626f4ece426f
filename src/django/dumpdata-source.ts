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
  const lists = new Set<string>()
  const seen = new Set<string>()
  for (const { model, pk, fields } of objectsIn(text, name)) {
    const key = `${model.toLowerCase()} ${pk}`
    if (seen.has(key)) throw new SourceUnreadable(`${key} is in ${name} twice: it seems to be two dumps.`)
    seen.add(key)
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
        // Or a value of JSON, whose lists are nobody's business.
        if (Array.isArray(other)) lists.add(`${table}_${field}`)
        add(`${table}_${field}`, { [`${own}_id`]: pk, [`${singular(field)}_id`]: other })
      }
    }
    add(table, row)
  }
  return {
    what: name,
    tables: new Map([...tables].map(([table, rows]) => [table, Object.keys(rows[0] ?? {})])),
    async *batches(table, orderBy) {
      if (lists.has(table)) throw natural(name)
      const rows = (tables.get(table) ?? []).toSorted((a, b) => compared(a[orderBy], b[orderBy]))
      for (let start = 0; start < rows.length; start += batchSize) yield rows.slice(start, start + batchSize)
    },
    close: async () => undefined,
  }
}

interface Dumped {
  readonly model: string
  readonly pk: string | number | bigint
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
      const value = read(text)
      if (Array.isArray(value)) return value as readonly unknown[]
    } else {
      const lines = text.split('\n').filter((line) => line.trim() !== '')
      return lines.map(read)
    }
  } catch (error) {
    throw new SourceUnreadable(`${name} is no JSON: it seems to be cut off, or to be something else.`, { cause: error })
  }
  throw new SourceUnreadable(`${name} is no list of objects, as dumpdata writes it.`)
}

/** Reads JSON. Keys that have more digits than a number of ours can tell apart stay whole: somebody else may be called so. */
function read(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text)
  return JSON.parse(text, (_, value: unknown, { source }: { readonly source?: string } = {}) =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '')
      ? BigInt(source ?? '')
      : value,
  )
}

function isDumped(value: unknown): value is Dumped {
  if (typeof value !== 'object' || value === null) return false
  const { model, pk, fields } = value as Partial<Record<keyof Dumped, unknown>>
  return (
    typeof model === 'string' &&
    /^\w+\.\w+$/.test(model) &&
    (typeof pk === 'number' || typeof pk === 'bigint' || typeof pk === 'string') &&
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
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : 1
  return String(a) < String(b) ? -1 : 1
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}
