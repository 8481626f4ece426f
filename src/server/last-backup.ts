import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Settings } from './settings.ts'

/** A copy of the SQLite database that was made and passed its check. */
export interface LastBackup {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly bytes: number
}

/**
 * Keeps when a copy was made last, in a file beside the database: a copy is also made before an update, when nothing may be
 * written to the database yet.
 */
export function noteBackup(settings: Pick<Settings, 'data'>, { at, bytes }: LastBackup): void {
  writeFileSync(fileOf(settings), `${JSON.stringify({ at, bytes })}\n`, { mode: 0o600 })
}

/** `null` where none was made. */
export function lastBackup(settings: Pick<Settings, 'data'>): LastBackup | null {
  try {
    return shape.parse(JSON.parse(readFileSync(fileOf(settings), 'utf8')))
  } catch {
    return null
  }
}

const shape = z.object({ at: z.number(), bytes: z.number() })

function fileOf({ data }: Pick<Settings, 'data'>): string {
  return join(data, 'last-backup.json')
}
