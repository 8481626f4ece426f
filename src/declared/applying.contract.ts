import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { declaredStores } from '../server/declared-stores.ts'
import { type Instance, openInstance } from '../server/instance.ts'
import { readSettings } from '../server/settings.ts'
import type { StartDatabase } from '../storage/databases.contract.ts'
import { withDatabase } from '../storage/with-database.contract.ts'
import { applyDeclared, type ApplyOptions, type Step } from './apply-declared.ts'
import { declaredIn } from './declared-file.ts'
import { DeclaredFaults } from './declared-faults.ts'

/** A secret that is brought along in `REPORTS_SECRET`. */
export const brought = 'brought-from-elsewhere-0123456789abcdef'

/** Runs something over an instance of its own, where ada is the one superuser. */
export function instances(
  start: StartDatabase,
): (use: (instance: Instance) => Promise<void>, clock?: () => number) => Promise<void> {
  return async (use, clock = Date.now) =>
    withDatabase(start, async (database) => {
      const settings = readSettings({ logLevel: 'silent', secret: randomBytes(32).toString('base64') })
      const open = { ...database, close: async () => undefined }
      const instance = await openInstance(settings, { database: open, clock })
      try {
        await instance.users.create({ username: 'ada', isStaff: true, isSuperuser: true })
        await use(instance)
      } finally {
        await instance.close()
      }
    })
}

/** Applies a file that is given as a value, or as its text. */
export async function apply(
  instance: Instance,
  file: unknown,
  options: Pick<ApplyOptions, 'dryRun' | 'prune'> = {},
): Promise<readonly Step[]> {
  return applyDeclared(declaredIn(typeof file === 'string' ? file : JSON.stringify(file)), {
    database: instance.database,
    stores: (database) => declaredStores(instance, database),
    by: { actor: 'system' },
    environment: { REPORTS_SECRET: brought, SHORT: 'too-short' },
    ...options,
  })
}

export function told(steps: readonly Step[]): readonly string[] {
  return steps.map(({ action, kind, name }) => `${action} ${kind} ${name}`)
}

export async function faultsOf(applying: Promise<unknown>): Promise<readonly string[]> {
  try {
    await applying
  } catch (error) {
    if (error instanceof DeclaredFaults) return error.faults
    throw error
  }
  return assert.fail('it was not refused')
}
