import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createAcceptedTerms } from './accepted-terms.ts'
import { refusal } from './refusal.contract.ts'

const terms = { text: 'Be kind.', url: null, version: '2' }

onEachDatabase('createAcceptedTerms', (stage) => {
  async function open() {
    const here = await stage()
    const { database, second, clock, addUser } = here
    const accepted = createAcceptedTerms({ database, clock, terms })
    const other = createAcceptedTerms({ database: second, clock, terms })
    const ada = formatId((await addUser({ username: 'ada', username_key: 'ada' })).id)
    return { ...here, accepted, other, ada, by: { actor: `user:${ada}` } }
  }

  it('keeps which version was accepted and when, and asks again for another', async () => {
    const { accepted, ada, by, time, database, clock } = await open()
    assert.equal(await accepted.isDue(ada), true)
    await accepted.accept(ada, '2', by)
    assert.equal(await accepted.isDue(ada), false)
    const newer = createAcceptedTerms({ database, clock, terms: { ...terms, version: '3' } })
    assert.equal(await newer.isDue(ada), true)
    time.now += 1000
    await newer.accept(ada, '3', by)
    assert.deepEqual(await newer.list(ada), [
      { version: '3', acceptedAt: time.now },
      { version: '2', acceptedAt: time.now - 1000 },
    ])
  })

  it('refuses a version that is not the one that holds, and asks for none where none holds', async () => {
    const { accepted, ada, by, database, clock } = await open()
    for (const version of ['1', '', '2 ', 'x'.repeat(100)]) {
      const error = await refusal(accepted.accept(ada, version, by))
      assert.deepEqual([error.code, Object.keys(error.body ?? {})], ['invalid', ['version']])
    }
    assert.equal((await refusal(accepted.accept('nonsense', '2', by))).code, 'invalid')
    assert.equal(await accepted.isDue('nonsense'), false)
    const none = createAcceptedTerms({ database, clock })
    assert.equal(await none.isDue(ada), false)
    assert.equal((await refusal(none.accept(ada, '2', by))).code, 'invalid')
  })

  it('of fifty that accept at once, the log says so once (race)', async () => {
    const { accepted, other, ada, by, database } = await open()
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => (index % 2 === 0 ? accepted : other).accept(ada, '2', by)),
    )
    const events = database.read.selectFrom('audit_events').select('id').where('event', '=', 'terms.accepted')
    assert.equal((await events.execute()).length, 1)
    assert.equal((await accepted.list(ada)).length, 1)
  })
})
