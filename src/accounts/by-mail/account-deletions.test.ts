import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatId, parseId } from '../../storage/id.ts'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import { refusal } from '../refusal.contract.ts'
import { createUsers } from '../users.ts'
import { type AccountDeletionsOptions, createAccountDeletions } from './account-deletions.ts'
import { byMailStage, keyIn, right } from './by-mail.contract.ts'

const day = 86_400_000
const home = { address: '198.51.100.7' }

onEachDatabase('createAccountDeletions', (stage) => {
  async function open(options: Pick<AccountDeletionsOptions, 'delay'> = {}) {
    const here = await byMailStage(stage)
    const { database, users, common, secondCommon } = here
    const deletions = createAccountDeletions({ ...common, users, ...options })
    const second = createAccountDeletions({
      ...secondCommon,
      ...options,
      users: createUsers({ ...secondCommon, accessTokenLifetime: 3600 }),
    })
    const ada = await users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const by = { actor: `user:${ada.id}`, ...home }
    const row = { id: database.newId(), digest: new Uint8Array(32), user_id: parseId(ada.id) ?? 0n }
    await database.append({
      sessions: {
        ...row,
        created_at: here.time.now,
        last_seen_at: here.time.now,
        expires_at: here.time.now + 30 * day,
        authenticated_at: here.time.now,
        amr: 'pwd',
        address: null,
        user_agent: null,
        address_key: null,
        sign_in_id: 1n,
      },
    })
    const rows = async (table: 'sessions' | 'account_deletions') =>
      (await database.read.selectFrom(table).select('user_id').execute()).length
    const events = async (name: string) =>
      database.read.selectFrom('audit_events').selectAll().where('event', '=', name).execute()
    return { ...here, events, deletions, second, ada, by, rows }
  }

  it('deletes an account when its time has come, and not before; the log keeps its id alone', async () => {
    const { deletions, ada, by, users, time, mails, rows, events } = await open()
    const asked = await deletions.ask(ada.id, by)
    assert.deepEqual(asked, { askedAt: time.now, dueAt: time.now + 7 * day })
    assert.deepEqual(await deletions.waiting(ada.id), asked)
    assert.equal((await mails())[0]?.to, 'ada@example.org')
    time.now += 7 * day - 1
    assert.equal(await deletions.carryOut(), 0)
    assert.equal((await users.find(ada.id))?.isActive, true)
    time.now += 1
    assert.equal(await deletions.carryOut(), 1)
    assert.deepEqual([await users.find(ada.id), await rows('sessions'), await rows('account_deletions')], [null, 0, 0])
    const [tombstone] = await events('user.deleted')
    assert.deepEqual([tombstone?.actor, tombstone?.subject], ['system', `user:${ada.id}`])
    assert.doesNotMatch(tombstone?.detail ?? '', /ada/)
    assert.match(tombstone?.detail ?? '', /their own wish/)
    const [gone] = await mails()
    assert.deepEqual([gone?.kind, gone?.to], ['account_deleted', 'ada@example.org'])
    assert.equal(await deletions.carryOut(), 0)
  })

  it('is asked for once, and cancelled by its owner', async () => {
    const { deletions, ada, by, time, events, mails } = await open()
    await deletions.ask(ada.id, by)
    assert.equal((await refusal(deletions.ask(ada.id, by))).code, 'conflict')
    assert.equal(await deletions.cancel(ada.id, by), true)
    assert.equal(await deletions.cancel(ada.id, by), false)
    assert.equal((await mails())[0]?.kind, 'deletion_cancelled')
    time.now += 8 * day
    assert.equal(await deletions.carryOut(), 0)
    assert.equal((await events('user.deletion_cancelled')).length, 1)
  })

  it('is cancelled by the link of the mail, once, and by no other', async () => {
    const { deletions, ada, by, mails } = await open()
    await deletions.ask(ada.id, by)
    const key = keyIn((await mails())[0])
    assert.equal((await deletions.find(key))?.username, 'ada')
    for (const bad of ['', 'nonsense', `${key}x`, key.slice(0, -1)]) {
      assert.equal(await deletions.find(bad), null)
      assert.equal((await refusal(deletions.cancelByLink(bad))).code, 'invalid')
    }
    assert.deepEqual(await deletions.cancelByLink(key, home), { username: 'ada' })
    assert.equal((await refusal(deletions.cancelByLink(key, home))).code, 'invalid')
    assert.equal(await deletions.waiting(ada.id), null)
  })

  it('the link of a wish that was taken back does nothing to the next one', async () => {
    const { deletions, ada, by, mails } = await open()
    await deletions.ask(ada.id, by)
    const key = keyIn((await mails())[0])
    await deletions.cancel(ada.id, by)
    await deletions.ask(ada.id, by)
    assert.equal((await refusal(deletions.cancelByLink(key))).code, 'invalid')
    assert.notEqual(await deletions.waiting(ada.id), null)
  })

  it('of fifty that carry it out and cancel it at once, one comes first (race)', async () => {
    const { deletions, second, ada, by, users, time, mails, events } = await open()
    await deletions.ask(ada.id, by)
    const key = keyIn((await mails())[0])
    time.now += 7 * day
    const done = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const node = index % 2 === 0 ? deletions : second
        if (index % 5 !== 4) return (await node.carryOut()) > 0 ? 'gone' : 'nothing'
        return node.cancelByLink(key).then(
          () => 'kept',
          () => 'nothing',
        )
      }),
    )
    const effective = done.filter((one) => one !== 'nothing')
    assert.equal(effective.length, 1, done.join(' '))
    const isThere = (await users.find(ada.id)) !== null
    assert.equal(isThere, effective[0] === 'kept')
    assert.equal((await events('user.deleted')).length + (await events('user.deletion_cancelled')).length, 1)
  })

  it('of fifty that ask at once, one is written down (race)', async () => {
    const { deletions, second, ada, by, mails } = await open()
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, index) => (index % 2 === 0 ? deletions : second).ask(ada.id, by)),
    )
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal((await mails()).length, 1)
  })

  it('is refused for the last superuser and the only owner, in words that say what to do; later it waits', async () => {
    const { deletions, ada, by, users, time, database, events } = await open()
    await users.update(ada.id, { isSuperuser: true })
    assert.match((await refusal(deletions.ask(ada.id, by))).message, /last active superuser. Make somebody else/)
    const bob = await users.create({ username: 'bob', isSuperuser: true })
    const organisation = { id: database.newId(), user: parseId(ada.id) ?? 0n }
    await database.append({
      organisations: {
        id: organisation.id,
        name: 'Acme',
        slug: 'acme',
        second_factor_required: 0,
        longest_key_lifetime: null,
        allowed_permissions: '',
        allowed_scopes: '',
        created_at: 0,
        suspended_at: null,
      },
      organisation_members: {
        user_id: organisation.user,
        organisation_id: organisation.id,
        standing: 'owner',
        joined_at: 0,
      },
    })
    assert.deepEqual(await deletions.obstacles(ada.id), [
      'You are the only active owner of Acme. Make somebody else an owner first, or delete that organisation.',
    ])
    assert.equal((await refusal(deletions.ask(ada.id, by))).code, 'conflict')
    const change = async (standing: string) =>
      database.write(async (unit) => unit.updateTable('organisation_members').set({ standing }).execute())
    await change('member')
    await deletions.ask(ada.id, by)
    await change('owner')
    await users.disable(bob.id)
    time.now += 7 * day
    assert.equal(await deletions.carryOut(), 0)
    assert.equal((await deletions.waiting(ada.id))?.dueAt, time.now + day)
    assert.match((await events('user.deletion_put_off'))[0]?.detail ?? '', /only active owner of Acme/)
    await users.enable(bob.id)
    await change('member')
    time.now += day
    assert.equal(await deletions.carryOut(), 1)
    assert.equal(await users.find(ada.id), null)
  })

  it('is not there where people do not delete their own account, nor for nobody', async () => {
    const { deletions, ada, by } = await open({ delay: null })
    assert.equal((await refusal(deletions.ask(ada.id, by))).code, 'not_found')
    const { deletions: others } = await open()
    for (const id of ['nonsense', '', formatId(1n)]) {
      assert.equal((await refusal(others.ask(id, by))).code, 'not_found')
      assert.equal(await others.cancel(id, by), false)
      assert.equal(await others.waiting(id), null)
    }
  })
})
