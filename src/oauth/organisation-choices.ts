import type { Transaction } from 'kysely'
import type { Membership } from '../core/identity.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'

/** Whose choice, and for which client. */
export interface ChoiceOf {
  readonly userId: bigint
  readonly clientKey: bigint
}

export interface NewChoice extends ChoiceOf {
  readonly organisationId: bigint
  /** Whether it is taken from now on without asking; `null`: what was so stays so. */
  readonly isPreferred: boolean | null
}

/** An organisation as people know it. */
export interface NamedOrganisation extends Pick<Membership, 'id' | 'slug' | 'roles'> {
  readonly name: string
}

export interface OrganisationChoicesOptions {
  readonly database: Pick<Database, 'read' | 'dialect'>
  /** Seconds for which a choice is remembered (90 days): as long as an answer about consent. */
  readonly grantLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** In which organisations people let clients act for them. */
export interface OrganisationChoices {
  /** The id of the organisation that is taken without asking; `null`: somebody has to be asked. */
  readonly preferred: (of: ChoiceOf) => Promise<string | null>
  /** The id of the organisation that somebody means where they name none (none). */
  readonly defaultOf: (userId: bigint) => Promise<string | null>
  /** Writes an answer down, in the unit of the grant that it is for. */
  readonly remember: (unit: Transaction<Schema>, choice: NewChoice) => Promise<void>
  /** The same organisations with their names, by name. */
  readonly named: (memberships: readonly Membership[]) => Promise<readonly NamedOrganisation[]>
}

export function createOrganisationChoices(options: OrganisationChoicesOptions): OrganisationChoices {
  const { read, dialect } = options.database
  const { grantLifetime = 7_776_000, clock = Date.now } = options

  return {
    preferred: async ({ userId, clientKey }) => {
      const row = await read
        .selectFrom('organisation_choices')
        .select('organisation_id')
        .where('user_id', '=', userId)
        .where('client_id', '=', clientKey)
        .where('is_preferred', '=', 1)
        .where('chosen_at', '>', Math.floor(clock()) - grantLifetime * 1000)
        .orderBy('chosen_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row === undefined ? null : formatId(row.organisation_id)
    },

    defaultOf: async (userId) => {
      const query = read.selectFrom('default_organisations').select('organisation_id').where('user_id', '=', userId)
      const row = await query.executeTakeFirst()
      return row === undefined ? null : formatId(row.organisation_id)
    },

    remember: async (unit, { userId, clientKey, organisationId, isPreferred }) => {
      const query = unit
        .selectFrom('organisation_members')
        .select('user_id')
        .where('user_id', '=', userId)
        .where('organisation_id', '=', organisationId)
      // Whoever takes them out at this moment waits, and takes this along.
      const member = await (dialect === 'postgres' ? query.forKeyShare() : query).executeTakeFirst()
      // They left in this moment: what is granted now is good for nothing, and there is nothing to remember.
      if (member === undefined) return
      const at = Math.floor(clock())
      const changed = { chosen_at: at, ...(isPreferred === null ? {} : { is_preferred: isPreferred ? 1 : 0 }) }
      if (isPreferred !== null) {
        await unit
          .updateTable('organisation_choices')
          .set({ is_preferred: 0 })
          .where('user_id', '=', userId)
          .where('client_id', '=', clientKey)
          .where('is_preferred', '=', 1)
          .execute()
      }
      await unit
        .insertInto('organisation_choices')
        .values({
          user_id: userId,
          client_id: clientKey,
          organisation_id: organisationId,
          chosen_at: at,
          is_preferred: isPreferred === true ? 1 : 0,
        })
        .onConflict((conflict) => conflict.columns(['user_id', 'client_id', 'organisation_id']).doUpdateSet(changed))
        .execute()
    },

    named: async (memberships) => {
      const ids = memberships.map(({ id }) => parseId(id)).filter((id) => id !== null)
      if (ids.length === 0) return []
      const rows = await read.selectFrom('organisations').select(['id', 'name']).where('id', 'in', ids).execute()
      const names = new Map(rows.map(({ id, name }) => [formatId(id), name]))
      return memberships
        .map(({ id, slug, roles }) => ({ id, slug, roles, name: names.get(id) ?? slug }))
        .toSorted((one, other) => one.name.localeCompare(other.name, 'en'))
    },
  }
}
