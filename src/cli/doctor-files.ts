import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sqlitePath } from '../server/open-database.ts'
import type { Settings } from '../server/settings.ts'
import { ok, problem, type Finding } from './finding.ts'

/** Whether others on this machine can read what is kept here. */
export function fileFindings(settings: Settings): readonly Finding[] {
  const { data, databaseUrl } = settings
  const database = databaseUrl === null || databaseUrl.startsWith('sqlite:') ? sqlitePath(settings) : null
  // The newest rows are in the journal, before they are in the file.
  const files = database === null ? [] : [database, `${database}-wal`, `${database}-shm`]
  const found = [
    ...[data].map((path) => ({ path, mode: 700 })),
    ...[join(data, 'secret'), ...files].map((path) => ({ path, mode: 600 })),
  ].filter(({ path }) => existsSync(path))
  const open = found.filter(({ path }) => (statSync(path).mode & 0o077) !== 0)
  if (found.length > 0 && open.length === 0) return [ok("The data folder and its files are their owner's alone.")]
  return open.map(({ path, mode }) => problem(`${path} is open to others on this machine.`, `chmod ${mode} ${path}`))
}
