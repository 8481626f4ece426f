import { constants } from 'node:buffer'
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { dumpdataSource } from './dumpdata-source.ts'
import { postgresSource } from './postgres-source.ts'
import { type DjangoSource, SourceUnreadable } from './source.ts'
import { sqliteSource } from './sqlite-source.ts'

/** Opens the database of a Django project by its address (`postgres://…`), or a file of it: SQLite, or the JSON of `dumpdata`. */
export async function openSource(where: string): Promise<DjangoSource> {
  if (/^postgres(?:ql)?:\/\//.test(where)) return postgresSource(where)
  const path = where.replace(/^sqlite:(?:\/\/)?/, '')
  return isSqlite(path) ? sqliteSource(path) : dumpdataSource(textOf(path), path)
}

/** Every SQLite file begins so (sqlite.org, "Database File Format", section 1.3.1). */
const magic = 'SQLite format 3\0'

function isSqlite(path: string): boolean {
  const file = orUnreadable(path, () => openSync(path, 'r'))
  try {
    const head = Buffer.alloc(magic.length)
    const length = orUnreadable(path, () => readSync(file, head))
    return head.toString('latin1', 0, length) === magic
  } finally {
    closeSync(file)
  }
}

function textOf(path: string): string {
  if (orUnreadable(path, () => statSync(path)).size > constants.MAX_STRING_LENGTH) {
    throw new SourceUnreadable(`${path} is too large. Name the database itself, or dump fewer apps.`)
  }
  const bytes = orUnreadable(path, () => readFileSync(path))
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new SourceUnreadable(`${path} is neither a SQLite database nor a text in UTF-8.`, { cause: error })
  }
}

function orUnreadable<Result>(path: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw new SourceUnreadable(`${path} cannot be read. Name a file, or postgres://… for a database.`, { cause: error })
  }
}
