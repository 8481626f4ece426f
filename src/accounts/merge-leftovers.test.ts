import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sql } from 'kysely'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { formatId } from '../storage/id.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createMergeUsers } from './merge-users.ts'
import { createUsers } from './users.ts'

const by = { actor: 'user:root' }
const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 1 })
const day = 86_400_000

onEachDatabase('what hangs on an account that becomes part of another (A4)', (stage) => {
  async function open() {
    const at = await stage()
    const [kept, other] = [await at.addUser({ username: 'kept', username_key: 'kept' }), await at.addUser()]
    const merging = createMergeUsers(at)
    const [keptId, otherId] = [formatId(kept.id), formatId(other.id)]
    return { ...at, kept, other, keptId, otherId, merging, users: createUsers({ ...at, hasher }) }
  }

  it('is named by this test: a table that comes to know people has to be thought of here', async () => {
    const { database } = await open()
    assert.deepEqual(await columnsOfPeople(database), Object.keys(fates))
  })

  it('holds nothing up: a default organisation, and organisations that were chosen for applications, are chosen anew', async () => {
    const at = await open()
    const { database, other, kept, merging, keptId, otherId } = at
    const acme = await organisation(at, 'acme')
    await member(at, other.id, acme)
    await database.write(async (unit) =>
      unit.insertInto('default_organisations').values({ user_id: other.id, organisation_id: acme }).execute(),
    )
    await merging.merge(keptId, otherId, by)
    const members = await database.read.selectFrom('organisation_members').select('user_id').execute()
    assert.deepEqual(members, [{ user_id: kept.id }])
    assert.deepEqual(await database.read.selectFrom('default_organisations').selectAll().execute(), [])
  })

  it('is told of to both addresses, without what the other one is called', async () => {
    const at = await stage()
    const address = (name: string) => ({ email: `${name}@example.org`, email_key: `${name}@example.org` })
    const [kept, other] = [await at.addUser(address('kept')), await at.addUser(address('other'))]
    const told: unknown[] = []
    const merging = createMergeUsers({
      ...at,
      notify: async (_unit, id, kind, _by, { to = null, what = null } = {}) => void told.push([id, kind, to, what]),
    })
    await merging.plan(formatId(kept.id), formatId(other.id))
    assert.deepEqual(told, [])
    await merging.merge(formatId(kept.id), formatId(other.id), by)
    assert.deepEqual(told, [
      [other.id, 'account_ended', 'other@example.org', null],
      [kept.id, 'account_joined', null, other.username],
    ])
    const third = await at.addUser()
    const fourth = await at.addUser(address('fourth'))
    told.length = 0
    await merging.merge(formatId(third.id), formatId(fourth.id), by)
    assert.deepEqual(
      told,
      [[third.id, 'account_joined', null, fourth.username]],
      'who takes the address over is told there',
    )
  })

  it('counts a role for as long as either of the two had it', async () => {
    const at = await open()
    const { database, merging, keptId, otherId, kept, other } = at
    const now = at.clock()
    const ends: Record<string, readonly [kept: number | null, other: number | null, after: number | null]> = {
      over: [now - day, null, null],
      longer: [now + day, now + 2 * day, now + 2 * day],
      shorter: [now + 2 * day, now + day, now + 2 * day],
      forgood: [null, now + day, null],
    }
    for (const [name, [own, theirs]] of Object.entries(ends)) {
      const role = database.newId()
      const all = { organisation_id: null, created_at: now }
      await database.write(async (unit) => {
        await unit
          .insertInto('roles')
          .values({ ...all, id: role, name, description: '', permissions: '' })
          .execute()
        for (const [user_id, ends_at] of [
          [kept.id, own],
          [other.id, theirs],
        ] as const)
          await unit
            .insertInto('role_grants')
            .values({ ...all, id: database.newId(), role_id: role, user_id, ends_at })
            .execute()
      })
    }
    await merging.merge(keptId, otherId, by)
    const after = await database.read
      .selectFrom('role_grants')
      .innerJoin('roles', 'roles.id', 'role_id')
      .select(['name', 'user_id', 'ends_at'])
      .execute()
    assert.deepEqual(
      Object.fromEntries(after.map(({ name, ends_at }) => [name, ends_at])),
      Object.fromEntries(Object.entries(ends).map(([name, [, , end]]) => [name, end])),
    )
    assert.ok(after.every(({ user_id }) => user_id === kept.id))
  })

  it('is not deleted by a wish of before, and whoever is to be deleted takes nothing over', async () => {
    const at = await open()
    const { database, merging, keptId, otherId, kept, other } = at
    const asked = { asked_at: at.clock(), due_at: at.clock() + day }
    const wish = async (user_id: bigint) =>
      database.write(async (unit) =>
        unit
          .insertInto('account_deletions')
          .values({ user_id, ...asked })
          .execute(),
      )
    await wish(other.id)
    await wish(kept.id)
    await assert.rejects(merging.plan(keptId, otherId), { code: 'conflict', message: /going to be deleted/ })
    await database.write(async (unit) => unit.deleteFrom('account_deletions').where('user_id', '=', kept.id).execute())
    await merging.merge(keptId, otherId, by)
    assert.deepEqual(await database.read.selectFrom('account_deletions').selectAll().execute(), [])
  })

  it('goes with the account that it became part of, with all that still names the person', async () => {
    const at = await open()
    const { database, merging, users, keptId, otherId } = at
    const first = await at.addUser({ email: 'first@example.org', email_key: 'first@example.org' })
    await merging.merge(otherId, formatId(first.id), by)
    await merging.merge(keptId, otherId, by)
    await users.delete(keptId, by)
    assert.deepEqual(await database.read.selectFrom('users').select('username').execute(), [])
    const gone = await database.read
      .selectFrom('audit_events')
      .select('subject')
      .where('event', '=', 'user.deleted')
      .execute()
    assert.deepEqual(
      new Set(gone.map(({ subject }) => subject)),
      new Set([keptId, otherId, formatId(first.id)].map((id) => `user:${id}`)),
    )
  })
})

async function organisation({ database, clock }: Stage, slug: string): Promise<bigint> {
  const id = database.newId()
  const none = { suspended_at: null, second_factor_required: 0, longest_key_lifetime: null }
  await database.write(async (unit) =>
    unit
      .insertInto('organisations')
      .values({ id, name: slug, slug, created_at: clock(), ...none, allowed_permissions: '', allowed_scopes: '' })
      .execute(),
  )
  return id
}

async function member({ database, clock }: Stage, user_id: bigint, organisation_id: bigint): Promise<void> {
  await database.write(async (unit) =>
    unit
      .insertInto('organisation_members')
      .values({ user_id, organisation_id, standing: 'owner', joined_at: clock() })
      .execute(),
  )
}

/** What a merge does with what refers to people. */
const fates: Readonly<Record<string, 'moves' | 'ends' | 'stays'>> = {
  'accepted_terms.user_id': 'stays',
  'account_deletions.user_id': 'ends',
  'acted_sessions.user_id': 'ends',
  'api_keys.user_id': 'moves',
  'api_tokens.user_id': 'moves',
  'app_sign_ins.user_id': 'ends',
  'break_glass_codes.user_id': 'ends',
  'client_certificates.user_id': 'moves',
  'clients.owner_id': 'moves',
  'consents.user_id': 'moves',
  'default_organisations.user_id': 'ends',
  'grants.user_id': 'ends',
  'invitations.accepted_user_id': 'stays',
  'invitations.inviter_id': 'stays',
  'linked_accounts.user_id': 'moves',
  'mail_codes.user_id': 'ends',
  'mail_links.maker_id': 'stays',
  'mail_links.user_id': 'ends',
  'memberships.user_id': 'moves',
  'organisation_choices.user_id': 'ends',
  'organisation_members.user_id': 'moves',
  'passkeys.user_id': 'ends',
  'pending_links.user_id': 'ends',
  'pending_sign_ins.user_id': 'ends',
  'preferences.user_id': 'ends',
  'provider_sign_ins.user_id': 'ends',
  'recovery_codes.user_id': 'ends',
  'refresh_families.user_id': 'ends',
  'role_grants.user_id': 'moves',
  'service_accounts.owner_id': 'moves',
  'sessions.user_id': 'ends',
  'totp_devices.user_id': 'ends',
  'totp_enrolments.user_id': 'ends',
  'trusted_browsers.user_id': 'ends',
  'users.merged_into_id': 'stays',
}

/** Every column that refers to people. */
async function columnsOfPeople({ dialect, read }: Stage['database']): Promise<readonly string[]> {
  const query =
    dialect === 'sqlite'
      ? sql<{ place: string }>`select m.name || '.' || f."from" as place from sqlite_master as m,
          pragma_foreign_key_list(m.name) as f where m.type = 'table' and f."table" in ('users', 'organisation_members')
          and f."from" <> 'organisation_id'`
      : sql<{ place: string }>`select c.conrelid::regclass || '.' || a.attname as place from pg_constraint as c
          join pg_attribute as a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
          where c.contype = 'f' and c.confrelid in ('users'::regclass, 'organisation_members'::regclass)
          and a.attname <> 'organisation_id'`
  const { rows } = await query.execute(read)
  return rows.map(({ place }) => place).toSorted()
}
