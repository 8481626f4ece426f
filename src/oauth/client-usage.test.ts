import assert from 'node:assert/strict'
import { it } from 'node:test'
import { RequestRefused, Unavailable } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { clientRow } from '../storage/databases.contract.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { dayOf } from '../tokens/key-usage.ts'
import { createClientUsage } from './client-usage.ts'
import { OAuthError } from './oauth-error.ts'

const noon = Date.UTC(2026, 4, 1, 12)

onEachDatabase('createClientUsage', (stage) => {
  async function withClient() {
    const { database } = await stage()
    const add = async (identifier: string): Promise<bigint> => {
      const id = database.newId()
      await database.append({ clients: clientRow(id, { identifier, name: identifier }) })
      return id
    }
    return { database, add, key: await add('notes') }
  }

  it('adds up what is more than a small integer holds', async () => {
    const { database, key: client_id } = await withClient()
    const usage = createClientUsage({ database })
    const many = 2 ** 31
    await database.write(async (unit) => {
      for (const what of ['tokens', 'requests', 'invalid_grant']) {
        await unit
          .insertInto('client_usage_days')
          .values({ id: database.newId(), client_id, day: 20_000, what, times: many })
          .execute()
      }
    })
    assert.deepEqual(await usage.days('notes', 0), [{ day: 20_000, tokens: many, requests: many, refused: many }])
    assert.deepEqual([...(await usage.sums(['notes'], 0)).values()], [{ tokens: many, requests: many, refused: many }])
    assert.deepEqual(await usage.refusals('notes', 0), [{ reason: 'invalid_grant', refused: many }])
    await usage.close()
  })

  it('counts tokens, requests and refusals by day, and tells them of one client and of several [D3]', async () => {
    const { database, add } = await withClient()
    await add('https://app.example/client.json')
    let now = noon
    const usage = createClientUsage({ database, clock: () => now })
    for (let times = 0; times < 3; times += 1) usage.count('notes', 'requests')
    usage.count('notes', 'tokens')
    usage.refused('notes', new OAuthError('invalid_grant', 'No.'))
    usage.count('https://app.example/client.json', 'tokens')
    assert.deepEqual(await usage.days('notes', 0), [], 'nothing is written on the way')
    await usage.flush()
    now += 86_400_000
    usage.count('notes', 'requests')
    usage.refused('notes', new OAuthError('invalid_scope', 'No.'))
    usage.refused('notes', new OAuthError('invalid_scope', 'No.'))
    await usage.flush()

    const first = dayOf(noon)
    assert.deepEqual(await usage.days('notes', 0), [
      { day: first, tokens: 1, requests: 3, refused: 1 },
      { day: first + 1, tokens: 0, requests: 1, refused: 2 },
    ])
    assert.deepEqual(await usage.days('notes', first + 2), [])
    assert.deepEqual(await usage.refusals('notes', 0), [
      { reason: 'invalid_scope', refused: 2 },
      { reason: 'invalid_grant', refused: 1 },
    ])
    const sums = await usage.sums(['notes', 'https://app.example/client.json', 'nobody'], first)
    assert.equal(sums.size, 2)
    assert.deepEqual(sums.get('notes'), { tokens: 1, requests: 4, refused: 3 })
    assert.deepEqual(sums.get('https://app.example/client.json'), { tokens: 1, requests: 0, refused: 0 })
    assert.deepEqual([...(await usage.sums([], 0))], [])
    await usage.close()
  })

  it('counts no refusal that a protocol which runs well has, nor a fault of this server', async () => {
    const { database } = await withClient()
    const usage = createClientUsage({ database })
    for (const code of ['authorization_pending', 'use_dpop_nonce', 'login_required', 'consent_required'] as const) {
      usage.refused('notes', new OAuthError(code, 'Later.'))
    }
    usage.refused('notes', new Unavailable())
    usage.refused('notes', new TypeError('ours'))
    usage.refused('notes', new RequestRefused('invalid_request'))
    await usage.flush()
    assert.deepEqual(await usage.refusals('notes', 0), [{ reason: 'invalid_request', refused: 1 }])
    await usage.close()
  })

  it('adds what two processes counted at once, and forgets clients that are gone', async () => {
    const { database, key } = await withClient()
    const processes = [createClientUsage({ database }), createClientUsage({ database })]
    for (const process of processes) {
      for (let times = 0; times < 50; times += 1) process.count('notes', times % 2 === 0 ? 'requests' : 'tokens')
      process.count('nobody', 'requests')
    }
    await Promise.all(processes.map(async (process) => process.close()))
    const [one] = processes
    assert.deepEqual(
      [...((await one?.sums(['notes'], 0)) ?? [])],
      [['notes', { tokens: 50, requests: 50, refused: 0 }]],
    )
    await database.write(async (unit) => unit.deleteFrom('clients').where('id', '=', key).execute())
    assert.deepEqual(await database.read.selectFrom('client_usage_days').selectAll().execute(), [])
  })

  it('keeps what could not be written for the next batch, and no more clients than a batch has room for', async () => {
    const { database, add } = await withClient()
    await add('other')
    let isDown = true
    const heard: unknown[] = []
    const shaky: Database = {
      ...database,
      write: async (work) => {
        if (isDown) throw new Error('The database is gone.')
        return database.write(work)
      },
    }
    const usage = createClientUsage({ database: shaky, max: 1, onError: (error) => heard.push(error) })
    usage.count('notes', 'tokens')
    usage.count('other', 'tokens')
    await usage.flush()
    assert.equal(heard.length, 1)
    usage.count('notes', 'tokens')
    isDown = false
    await usage.close()
    assert.deepEqual(
      [...(await usage.sums(['notes', 'other'], 0))],
      [['notes', { tokens: 2, requests: 0, refused: 0 }]],
    )
  })
})
