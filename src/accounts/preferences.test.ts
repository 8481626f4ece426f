import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createPreferences, minuteFor, wantsMail } from './preferences.ts'

onEachDatabase('createPreferences', (stage) => {
  async function open() {
    const at = await stage()
    const { id } = await at.addUser()
    const userId = formatId(id)
    const by = { actor: `user:${userId}` }
    return { ...at, id, userId, by, preferences: createPreferences(at) }
  }

  it('keeps what was chosen, and leaves what was not named as it is', async () => {
    const { preferences, userId, by, database, id } = await open()
    assert.deepEqual(await preferences.find(userId), { timeZone: null, unwantedMail: [] })
    await preferences.change(userId, { timeZone: 'Europe/Berlin' }, by)
    const both = await preferences.change(userId, { unwantedMail: ['app_review'] }, by)
    assert.deepEqual(both, { timeZone: 'Europe/Berlin', unwantedMail: ['app_review'] })
    assert.deepEqual(await preferences.find(userId), both)
    assert.equal(await wantsMail(database.read, id, 'app_review'), false)
    assert.equal(await wantsMail(database.read, id, 'credential_ending'), true)
    await preferences.change(userId, { timeZone: null, unwantedMail: [] }, by)
    assert.deepEqual(await preferences.find(userId), { timeZone: null, unwantedMail: [] })
  })

  it('takes names of time zones, old ones too, and nothing else', async () => {
    const { preferences, userId, by } = await open()
    for (const timeZone of ['UTC', 'Asia/Kolkata', 'Asia/Calcutta', 'America/Argentina/Buenos_Aires']) {
      assert.equal((await preferences.change(userId, { timeZone }, by)).timeZone, timeZone)
    }
    for (const timeZone of ['', 'Mars/Olympus', '+01:00', 'Europe/Berlin"><b>', 'x'.repeat(70), 'Europe/Berlin\n']) {
      await assert.rejects(preferences.change(userId, { timeZone }, by), { code: 'invalid' }, timeZone)
    }
    await assert.rejects(preferences.change('nobody', { timeZone: 'UTC' }, by), { code: 'not_found' })
    await assert.rejects(preferences.change('00000000001', { timeZone: 'UTC' }, by), { code: 'not_found' })
    await assert.rejects(preferences.change(userId, { unwantedMail: ['password_changed' as never] }, by), {
      code: 'invalid',
    })
  })

  it('writes moments of mails in the time zone that was chosen, with its name', async () => {
    const { preferences, userId, by, database, id } = await open()
    const time = Date.UTC(2026, 6, 1, 22, 5)
    assert.equal(await minuteFor(database.read, id, time), '2026-07-01 22:05 UTC')
    await preferences.change(userId, { timeZone: 'Europe/Berlin' }, by)
    assert.equal(await minuteFor(database.read, id, time), '2026-07-02 00:05 Europe/Berlin')
    await database.write(async (unit) => unit.updateTable('preferences').set({ time_zone: 'Mars/Olympus' }).execute())
    assert.equal(await minuteFor(database.read, id, time), '2026-07-01 22:05 UTC')
  })

  it('goes with the account', async () => {
    const { preferences, userId, by, database, id } = await open()
    await preferences.change(userId, { timeZone: 'UTC' }, by)
    await database.write(async (unit) => unit.deleteFrom('users').where('id', '=', id).execute())
    assert.deepEqual(await database.read.selectFrom('preferences').selectAll().execute(), [])
  })
})
