import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openOAuthDesk } from './oauth-desk.contract.ts'

const by = { actor: 'system' }

describe('initial access tokens', () => {
  it('are kept as digests, and listed without their secrets, newest first', async () => {
    const { server, database, time, close } = await openOAuthDesk()
    const { create, list } = server.registrationTokens
    const first = await create({ name: 'partners', uses: 3, expiresIn: 60, by })
    const second = await create({ name: 'anyone', uses: null, expiresIn: null, by })
    assert.match(first.text, /^dw_init_/)
    assert.deepEqual(await list(), [second.record, first.record])
    const { id, ...record } = first.record
    assert.deepEqual(record, {
      name: 'partners',
      masked: `dw_init_${id}_…`,
      usesLeft: 3,
      createdAt: time.now,
      expiresAt: time.now + 60_000,
    })
    assert.deepEqual([second.record.usesLeft, second.record.expiresAt], [null, null])
    const rows = await database.read.selectFrom('registration_tokens').selectAll().execute()
    assert.ok(rows.every(({ digest }) => digest.byteLength === 32))
    const events = await database.read.selectFrom('audit_events').select('detail').execute()
    assert.ok(!JSON.stringify(events).includes(first.text))
    await close()
  })

  it('are good for one client within a week, where nothing else is said', async () => {
    const { server, time, close } = await openOAuthDesk()
    const { record } = await server.registrationTokens.create({ name: 'one', by })
    assert.deepEqual([record.usesLeft, record.expiresAt], [1, time.now + 7 * 86_400_000])
    await close()
  })

  it('end when they are revoked, and nobody finds one that is spent, over, mistyped or of another kind', async () => {
    const { server, database, time, close } = await openOAuthDesk()
    const { create, find, use, revoke } = server.registrationTokens
    const { text, record } = await create({ name: 'one', expiresIn: 60, by })
    assert.equal((await find(text))?.id, record.id)
    for (const other of ['', 'x', `${text}x`, text.toUpperCase(), text.replace('_init_', '_reg_')]) {
      assert.equal(await find(other), null, other)
    }
    assert.equal(await database.write(async (unit) => use(unit, record.id)), true)
    assert.equal(await database.write(async (unit) => use(unit, record.id)), false)
    assert.equal(await find(text), null)

    const late = await create({ name: 'late', uses: null, expiresIn: 60, by })
    time.now += 60_000
    assert.equal(await find(late.text), null)
    assert.equal(await database.write(async (unit) => use(unit, late.record.id)), false)

    const revoked = await create({ name: 'revoked', uses: null, by })
    assert.equal(await revoke(revoked.record.id, { by }), true)
    assert.equal(await revoke(revoked.record.id, { by }), false)
    assert.equal(await revoke('rubbish', { by }), false)
    assert.equal(await find(revoked.text), null)
    assert.equal(await database.write(async (unit) => use(unit, 'rubbish')), false)
    await close()
  })

  it('are refused with a name, number or lifetime that makes no sense', async () => {
    const { server, close } = await openOAuthDesk()
    const { create } = server.registrationTokens
    for (const wrong of [
      { name: '' },
      { uses: 0 },
      { uses: 1.5 },
      { uses: -1 },
      { expiresIn: 0 },
      { expiresIn: NaN },
    ]) {
      await assert.rejects(create({ name: 'one', by, ...wrong }), { code: 'invalid' }, JSON.stringify(wrong))
    }
    await close()
  })
})
