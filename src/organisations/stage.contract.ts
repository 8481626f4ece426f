import { formatId } from '../storage/id.ts'
import type { UserRow } from '../storage/schema.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { Stage } from '../tokens/databases.contract.ts'
import { createTokenFormat } from '../tokens/format.ts'
import { toUser, userColumns } from '../tokens/principal.ts'
import type { User } from '../core/identity.ts'
import type { InvitationMail } from './invitation-mail.ts'
import { createInvitations, type Invitations } from './invitations.ts'
import { createMembers, type Members } from './members.ts'
import { createOrganisations, type Organisations } from './organisations.ts'
import { createRoleGrants, type RoleGrants } from './role-grants.ts'
import { createRoles, type Roles } from './roles.ts'

/** Everything of this room, on a database of a test. */
export interface OrganisationStage extends Stage {
  readonly organisations: Organisations
  readonly members: Members
  readonly invitations: Invitations
  readonly roles: Roles
  readonly grants: RoleGrants
  /** The mails that were handed over. */
  readonly posted: InvitationMail[]
  /** A user's id as it is shown. */
  readonly person: (user?: Partial<UserRow>) => Promise<string>
  /** Who a user is at a request in this moment. */
  readonly principal: (userId: string) => Promise<User | null>
  /** The users whose tokens with claims were ended in this millisecond. Time goes on by one. */
  readonly ended: () => Promise<readonly string[]>
  readonly events: () => Promise<readonly string[]>
}

/** `deliver` is what becomes of mails (they are kept in `posted`). */
export async function organisationStage(
  stage: Stage,
  deliver: (mail: InvitationMail) => Promise<void> = async () => undefined,
): Promise<OrganisationStage> {
  const { database, clock, time } = stage
  // They are written down and not listened for: that would keep a connection of each test.
  const revoke: Revocations['revoke'] = async (unit, { kind, subjectId, expiresAt, ...rest }) => {
    const not_before = 'notBefore' in rest ? rest.notBefore : 0
    const row = { id: database.newId(), kind, subject_id: subjectId, not_before, expires_at: expiresAt }
    await unit.insertInto('revocations').values(row).execute()
  }
  const revocations = { revoke }
  const common = { database, clock, revocations }
  const posted: InvitationMail[] = []
  const format = createTokenFormat()
  const notify = async (_unit: unknown, mail: InvitationMail): Promise<void> => {
    await deliver(mail)
    posted.push(mail)
  }

  return {
    ...stage,
    organisations: createOrganisations(common),
    members: createMembers(common),
    invitations: createInvitations({ database, clock, format, notify }),
    roles: createRoles(common),
    grants: createRoleGrants(common),
    posted,
    person: async (user) => formatId((await stage.addUser(user)).id),
    principal: async (userId) => {
      const rows = await database.read.selectFrom('users').select(userColumns).execute()
      const row = rows.find(({ user_id }) => user_id !== null && formatId(user_id) === userId)
      return row === undefined ? null : toUser(row, Infinity, clock())
    },
    ended: async () => {
      const rows = await database.read
        .selectFrom('revocations')
        .select('subject_id')
        .distinct()
        .where('kind', '=', 'user')
        .where('not_before', '=', clock() + 1)
        .orderBy('subject_id')
        .execute()
      time.now += 1
      return rows.map(({ subject_id }) => formatId(subject_id))
    },
    events: async () => {
      const rows = await database.read.selectFrom('audit_events').select('event').orderBy('id').execute()
      return rows.map(({ event }) => event).filter((event) => event !== 'audit.started')
    },
  }
}
