import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { it } from 'node:test'
import { formatId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createRecoveryCodes } from './recovery-codes.ts'

const key = randomBytes(32)
const by = { actor: 'user:ada', address: '198.51.100.7' }

onEachDatabase('createRecoveryCodes', (stage) => {
  async function open() {
    const here = await stage()
    const { database, second, clock } = here
    const codes = createRecoveryCodes({ database, key, clock })
    const others = createRecoveryCodes({ database: second, key, clock })
    const user = await here.addUser({ username: 'ada' })
    const make = async () => database.write(async (unit) => codes.make(unit, user.id, by))
    return { ...here, codes, others, user, id: formatId(user.id), make }
  }

  it('makes ten that differ, to be typed by people [MF05]', async () => {
    const { make, codes, id } = await open()
    assert.deepEqual(await codes.count(id), { left: 0, made: 0 })
    const made = await make()
    assert.equal(new Set(made).size, 10)
    for (const code of made) assert.match(code, /^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$/)
    assert.deepEqual(await codes.count(id), { left: 10, made: 10 })
  })

  it('keeps keyed digests alone [MF05]', async () => {
    const { make, database } = await open()
    const made = await make()
    const rows = await database.read.selectFrom('recovery_codes').selectAll().execute()
    const kept = JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    for (const code of made) assert.ok(!kept.includes(code) && !kept.includes(code.replace('-', '')))
    const events = await database.read.selectFrom('audit_events').select(['event', 'detail']).execute()
    assert.ok(events.some(({ event, detail }) => event === 'recovery_codes.made' && detail === '{"count":10}'))
  })

  it('takes each once, however it is typed, and counts what is left [MF05 B-MFA-04]', async () => {
    const { make, codes, others, id } = await open()
    const [first = '', next = '', third = ''] = await make()
    assert.equal(await codes.use(id, first, by), true)
    assert.equal(await codes.use(id, first, by), false)
    assert.equal(await others.use(id, first, by), false)
    assert.equal(await others.use(id, ` ${next.toUpperCase().replace('-', ' ')} `, by), true)
    assert.equal(await codes.use(id, third.replaceAll('0', 'O').replaceAll('1', 'l'), by), true)
    assert.deepEqual(await codes.count(id), { left: 7, made: 10 })
  })

  it('takes none that is wrong, empty, or of somebody else', async () => {
    const { make, codes, addUser, id } = await open()
    const [first = ''] = await make()
    const eve = formatId((await addUser({ username: 'eve' })).id)
    for (const wrong of ['', '-', 'aaaaa-aaaaa', first.slice(1), `${first}0`, 'x'.repeat(100_000), '\0']) {
      assert.equal(await codes.use(id, wrong, by), false)
    }
    assert.equal(await codes.use(eve, first, by), false)
    assert.equal(await codes.use('no id', first, by), false)
    assert.equal(await codes.use(id, first, by), true)
  })

  it('takes one of 50 at once, on two nodes [MF05]', async () => {
    const { make, codes, others, id, database } = await open()
    const [code = ''] = await make()
    const all = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => (index % 2 === 0 ? codes : others).use(id, code, by)),
    )
    assert.equal(all.filter(Boolean).length, 1)
    const events = await database.read.selectFrom('audit_events').select('event').execute()
    assert.equal(events.filter(({ event }) => event === 'recovery_code.used').length, 1)
    assert.equal(events.filter(({ event }) => event === 'recovery_code.failed').length, 49)
  })

  it('makes new ones, and those before are dead [B-MFA-04]', async () => {
    const { make, codes, id } = await open()
    const [old = ''] = await make()
    const [first = ''] = await make()
    assert.equal(await codes.use(id, old, by), false)
    assert.equal(await codes.use(id, first, by), true)
    assert.deepEqual(await codes.count(id), { left: 9, made: 10 })
  })

  it('adopts codes that were made elsewhere [B-MFA-04]', async () => {
    const { codes, database, user, id } = await open()
    await database.write(async (unit) => codes.adopt(unit, user.id, ['12345678', '8765 4321', '12345678'], by))
    assert.deepEqual(await codes.count(id), { left: 2, made: 2 })
    assert.equal(await codes.use(id, '12345678', by), true)
    assert.equal(await codes.use(id, '87654321', by), true)
    await database.write(async (unit) => codes.adopt(unit, user.id, [], by))
    assert.deepEqual(await codes.count(id), { left: 0, made: 0 })
  })

  it('forgets them, and says how many were left', async () => {
    const { make, codes, database, user, id } = await open()
    const [first = ''] = await make()
    await codes.use(id, first, by)
    assert.equal(await database.write(async (unit) => codes.remove(unit, user.id)), 9)
    assert.deepEqual(await codes.count(id), { left: 0, made: 0 })
  })

  it('needs a key of 32 bytes', async () => {
    const { database } = await stage()
    assert.throws(() => createRecoveryCodes({ database, key: randomBytes(31) }), TypeError)
  })
})
