import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import { idOf } from './held.ts'

/** The organisation that somebody means where they name none. It is forgotten once they leave it. */
export interface DefaultOrganisations {
  /** Its id (none). */
  readonly of: (userId: string) => Promise<string | null>
  /** Takes this one in place of the one before. Throws `RequestRefused` (`not_found`) where they are no member of it. */
  readonly set: (userId: string, organisationId: string, by?: ActedBy) => Promise<void>
  /** Takes none from now on, where it was this one. Whether it was. */
  readonly clear: (userId: string, organisationId: string, by?: ActedBy) => Promise<boolean>
}

export function createDefaultOrganisations({ database }: { readonly database: Database }): DefaultOrganisations {
  return {
    of: async (userId) => {
      const row = await database.read
        .selectFrom('default_organisations')
        .select('organisation_id')
        .where('user_id', '=', parseId(userId) ?? -1n)
        .executeTakeFirst()
      return row === undefined ? null : formatId(row.organisation_id)
    },

    set: async (userId, organisationId, by = {}) => {
      const [user_id, organisation_id] = [idOf(userId), idOf(organisationId)]
      await database.write(async (unit) => {
        const query = unit
          .selectFrom('organisation_members')
          .select('user_id')
          .where('user_id', '=', user_id)
          .where('organisation_id', '=', organisation_id)
        // Whoever takes them out at this moment waits, and takes this along.
        const member = await (database.dialect === 'postgres' ? query.forKeyShare() : query).executeTakeFirst()
        if (member === undefined) throw new RequestRefused('not_found')
        await unit
          .insertInto('default_organisations')
          .values({ user_id, organisation_id })
          .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ organisation_id }))
          .execute()
        const detail = { organisation: formatId(organisation_id) }
        await database.audit(unit, eventBy(by, 'user.default_organisation_set', `user:${userId}`, detail))
      })
    },

    clear: async (userId, organisationId, by = {}) => {
      const [user, organisation] = [idOf(userId), idOf(organisationId)]
      return database.write(async (unit) => {
        const gone = await unit
          .deleteFrom('default_organisations')
          .where('user_id', '=', user)
          .where('organisation_id', '=', organisation)
          .returning('user_id')
          .executeTakeFirst()
        if (gone === undefined) return false
        const detail = { organisation: formatId(organisation) }
        await database.audit(unit, eventBy(by, 'user.default_organisation_cleared', `user:${userId}`, detail))
        return true
      })
    },
  }
}
