import type { Database } from './database.ts'
import { formatId } from './id.ts'

/**
 * Takes the rights of administrators away that had an end which has passed, with a row each in the audit log. They count no
 * more from their end on: this only clears up, so that lists say so too. Returns how many users lost one.
 */
export async function takeEndedRights(
  database: Database,
  { now, batch }: { readonly now: number; readonly batch: number },
): Promise<number> {
  let users = 0
  for (const right of ['superuser', 'staff'] as const) {
    const [flag, until] = [`is_${right}`, `${right}_until`] as const
    for (;;) {
      const taken = await database.write(async (unit) => {
        const ended = unit.selectFrom('users').select('id').where(until, '<=', now).orderBy(until).limit(batch)
        const rows = await unit
          .updateTable('users')
          .set({ [flag]: 0, [until]: null })
          .where('id', 'in', ended)
          // Said again for who was given more time between the two.
          .where(until, '<=', now)
          .returning('id')
          .execute()
        for (const { id } of rows) {
          const subject = `user:${formatId(id)}`
          await database.audit(unit, { event: 'user.rights_ended', actor: 'system', subject, detail: { right } })
        }
        return rows.length
      })
      users += taken
      if (taken < batch) break
    }
  }
  return users
}
