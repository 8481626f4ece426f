import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSetupLinks } from '../../accounts/setup-links.ts'
import { passkeyOptionsIn, sendPasskey } from '../../factors/passkey-person.contract.ts'
import { softPasskey } from '../../factors/soft-passkey.contract.ts'
import { person } from '../../screens/person.contract.ts'
import { eachDatabase } from '../../testing/on-postgres.contract.ts'
import { createTestDoorward } from '../../testing/test-doorward.ts'

describe('the first set-up', () => {
  it('makes the first administrator by a link that works once (A1)', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const key = (await createSetupLinks(doorward.instance).make()) ?? ''
    const who = person(base)
    const page = await who.get(`/admin/setup/?key=${key}`)
    assert.equal(page.status, 200)
    assert.match(page.text, /<option value="Europe\/Berlin"/)
    const named = { username: 'root', email: 'root@example.org', password: 'correct horse battery' }
    const wrong = await who.submit(page, 'set-up', { username: '', email: 'x', password: 'short' })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /href="#username"/)
    assert.doesNotMatch(wrong.text, /short/)
    const zone = await who.submit(wrong, 'set-up', { ...named, time_zone: 'Mars/Olympus' })
    assert.match(zone.text, /href="#time_zone"/)
    const fields = { ...named, time_zone: 'Europe/Berlin' }
    assert.match((await who.submit(wrong, 'set-up', fields)).path, /^\/accounts\/login\/\?next=%2Fadmin%2F/)
    const user = await doorward.instance.users.findByLogin('root')
    assert.deepEqual([user?.isStaff, user?.isSuperuser, user?.hasPassword], [true, true, true])
    assert.equal((await doorward.instance.preferences.find(user?.id ?? '')).timeZone, 'Europe/Berlin')
    await who.signIn('root', 'correct horse battery')
    assert.equal((await who.get('/admin/')).status, 200)

    assert.equal((await who.get(`/admin/setup/?key=${key}`)).status, 404)
    const again = await who.submit(page, 'set-up', { ...fields, username: 'second', email: '' })
    assert.equal(again.status, 404)
    assert.match(again.text, /Start the server again for a new one/)
    assert.equal(await createSetupLinks(doorward.instance).make(), null)
  })

  it('keeps no key, refuses others and old ones, and those from before somebody was made otherwise', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const { database, format } = doorward.instance
    const setupLinks = createSetupLinks(doorward.instance)
    const key = (await setupLinks.make()) ?? ''
    const rows = await database.read.selectFrom('setup_links').selectAll().execute()
    assert.equal(rows.length, 1)
    assert.ok(
      !Buffer.from(rows[0]?.digest ?? [])
        .toString('latin1')
        .includes(key.slice(-20)),
    )
    const statusOf = async (one: string) =>
      (await person(base).get(`/admin/setup/?key=${encodeURIComponent(one)}`)).status
    for (const one of [
      '',
      'x',
      `${key}x`,
      format.make('set', database.newId()).text,
      format.make('pat', database.newId()).text,
    ]) {
      assert.equal(await statusOf(one), 404, one)
    }
    assert.equal(await statusOf(key), 200)
    await doorward.clock.advance('30m')
    assert.equal(await statusOf(key), 404)
    const fresh = (await setupLinks.make()) ?? ''
    await doorward.users.create({ username: 'root', isSuperuser: true })
    assert.equal(await statusOf(fresh), 404)
    const values = { username: 'other', password: 'correct horse battery' }
    await assert.rejects(setupLinks.complete(fresh, values, { actor: 'system' }), { status: 404 })
    assert.equal(await doorward.instance.users.findByLogin('other'), null)
  })

  it('makes one administrator where fifty come at once, with two links', async () => {
    await using doorward = await createTestDoorward()
    const { users } = doorward.instance
    const setupLinks = createSetupLinks(doorward.instance)
    const keys = [(await setupLinks.make()) ?? '', (await setupLinks.make()) ?? '']
    const made = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, index) =>
        setupLinks.complete(keys[index % 2] ?? '', { username: `root${index}`, password: null }, { actor: 'system' }),
      ),
    )
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal((await users.list()).users.length, 1)
  })

  it('is nothing that another site can do, and says what is to be mended where fields are missing', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const key = (await createSetupLinks(doorward.instance).make()) ?? ''
    const who = person(base)
    assert.equal((await who.post('/admin/setup/', {})).status, 404)
    assert.equal((await who.post('/admin/setup/', { key })).status, 400)
    assert.equal((await who.post('/admin/setup/', { key, username: 'root', password: '' })).status, 400)
    assert.equal((await who.post('/admin/setup/', { key, username: 'root', password: '12345678' })).status, 400)
    assert.equal((await fetch(`${base}/admin/setup/`, { method: 'DELETE' })).status, 405)
  })

  it('makes the first administrator with a passkey in place of a password, who is in at once (A1)', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const key = (await createSetupLinks(doorward.instance).make()) ?? ''
    const who = person(base)
    const start = await who.get(`/admin/setup/?key=${key}`)
    assert.match(start.text, /formaction="\/admin\/setup\/passkey\/"/)
    const begin = async (fields: Readonly<Record<string, string>>) =>
      who.post('/admin/setup/passkey/', { key, ...fields })
    const wrong = await begin({ username: '', email: 'x' })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /href="#username"/)
    const make = await begin({ username: 'root', email: 'root@example.org', time_zone: 'Asia/Tokyo' })
    assert.equal(make.status, 200)
    const options = passkeyOptionsIn(make) as never
    const soft = softPasskey({ rpId: 'localhost', origin: 'http://localhost:8000', isSynced: true })
    const strange = soft.create(options, { origin: 'https://evil.example' })
    const refused = await who.submit(make, 'set-up-passkey', { passkey: JSON.stringify(strange) })
    assert.equal(refused.status, 400)
    assert.match(refused.text, /This passkey was not accepted/)
    assert.equal(await doorward.instance.users.findByLogin('root'), null)

    const answer = soft.create(passkeyOptionsIn(refused) as never)
    const done = await who.submit(refused, 'set-up-passkey', { passkey: JSON.stringify(answer), name: 'Phone' })
    assert.equal(done.status, 200)
    assert.equal(done.text.match(/<li><code>/g)?.length, 10)
    assert.match(done.text, /href="\/admin\/"/)
    assert.equal((await who.get('/admin/')).status, 200)
    const user = (await doorward.instance.users.findByLogin('root@example.org')) ?? assert.fail()
    assert.deepEqual([user.isStaff, user.isSuperuser, user.hasPassword], [true, true, false])
    assert.equal((await doorward.instance.preferences.find(user.id)).timeZone, 'Asia/Tokyo')
    const again = person(base)
    assert.equal((await sendPasskey(again, await again.get('/accounts/passkey/?next=/admin/'), soft)).path, '/admin/')
    assert.equal((await begin({ username: 'second' })).status, 404)
    assert.equal((await who.post(`/admin/setup/passkey/options/?key=${key}&username=x`, {})).status, 404)
  })

  it('keeps the link where the name is taken meanwhile, and says so', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const key = (await createSetupLinks(doorward.instance).make()) ?? ''
    const who = person(base)
    const make = await who.post('/admin/setup/passkey/', { key, username: 'ada' })
    await doorward.users.create({ username: 'ada' })
    const soft = softPasskey({ rpId: 'localhost', origin: 'http://localhost:8000' })
    const passkey = JSON.stringify(soft.create(passkeyOptionsIn(make) as never))
    const refused = await who.submit(make, 'set-up-passkey', { passkey })
    assert.equal(refused.status, 400)
    assert.match(refused.text, /The username or e-mail address is taken/)
    assert.equal((await who.get(`/admin/setup/?key=${key}`)).status, 200)
  })

  for (const [database, on] of eachDatabase)
    it(`makes one administrator where twenty passkeys come at once (race), on ${database}`, async () => {
      await using doorward = await createTestDoorward(on)
      const base = await doorward.listen()
      const key = (await createSetupLinks(doorward.instance).make()) ?? ''
      const all = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const who = person(base)
          const make = await who.post('/admin/setup/passkey/', { key, username: `root${index}` })
          const soft = softPasskey({ rpId: 'localhost', origin: 'http://localhost:8000' })
          const passkey = JSON.stringify(soft.create(passkeyOptionsIn(make) as never))
          return { who, make, passkey }
        }),
      )
      const answers = await Promise.all(
        all.map(async ({ who, make, passkey }) => who.submit(make, 'set-up-passkey', { passkey })),
      )
      assert.equal(answers.filter(({ status }) => status === 200).length, 1)
      assert.equal((await doorward.instance.users.list()).users.length, 1)
    })
})
