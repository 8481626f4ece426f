import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CommandRefused } from './command-refused.ts'
import { createDesk } from './desk.ts'
import type { AddCommand } from './program.ts'

/**
 * Copies a SQLite database beside a running server: one snapshot, whole and checked, of what was committed when it began. No
 * writer waits for it (https://sqlite.org/lang_vacuum.html#vacuuminto).
 */
export const backup: AddCommand = (program) => {
  program
    .command('backup')
    .argument('<file>', 'where the copy goes; it must not exist')
    .description('copy the SQLite database beside a running server, and check the copy')
    .addHelpText('after', '\nExample: doorward backup /backups/doorward-2026-11-24.sqlite3')
    .action(async (file: string, _options: object, command) => {
      const { settings, print, note } = createDesk(command)
      const [{ noteBackup }, { sqlitePath }] = await Promise.all([
        import('../server/last-backup.ts'),
        import('../server/open-database.ts'),
      ])
      const inForce = await settings()
      const { databaseUrl } = inForce
      if (databaseUrl !== null && !databaseUrl.startsWith('sqlite:')) {
        throw new CommandRefused('This database is PostgreSQL, which has a tool of its own: pg_dump --format=custom.')
      }
      const [from, to] = [sqlitePath(inForce), resolve(file)]
      if (!existsSync(from)) throw new CommandRefused('There is no database in the data folder. Is --data right?')
      if (existsSync(to)) throw new CommandRefused('The file exists. A backup never overwrites: choose another name.')
      mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
      note(`copying ${(statSync(from).size / 1_048_576).toFixed(1)} MiB, then checking the copy …`)
      try {
        copy(from, to)
        check(to)
      } catch (error) {
        rmSync(to, { force: true })
        throw error
      }
      noteBackup(inForce, { at: Date.now(), bytes: statSync(to).size })
      print(
        `The database is in ${to}. Keep the secret (DOORWARD_SECRET) apart from it: without, what it sealed is lost.`,
        {
          file: to,
          bytes: statSync(to).size,
        },
      )
    })
}

function copy(from: string, to: string): void {
  // Made first, so that nobody else can read it for a moment.
  closeSync(openSync(to, 'wx', 0o600))
  const database = new DatabaseSync(from, { readOnly: true, timeout: 5000 })
  try {
    database.prepare('vacuum into ?').run(to)
  } finally {
    database.close()
  }
  const written = openSync(to, 'r+')
  fsyncSync(written)
  closeSync(written)
}

function check(file: string): void {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const rows = database.prepare('pragma integrity_check').all()
    if (rows.length === 1 && rows[0]?.['integrity_check'] === 'ok') return
    throw new CommandRefused(
      'The copy does not pass its check: the database itself may be damaged. Run doorward doctor.',
    )
  } finally {
    database.close()
  }
}
