import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linkEvents, startChain } from './audit.ts'
import type { AuditDetail, AuditEvent } from './audit.ts'
import type { Database } from './database.ts'
import { describeDatabases, describeStoredDatabases, userRow } from './databases.contract.ts'
import { verifyAudit } from './verify-audit.ts'
import { withDatabase } from './with-database.contract.ts'

const event = (subject: string): AuditEvent => ({ event: 'user.changed', actor: 'system', subject })

describeDatabases('The audit log', (start) => {
  it('holds an event for what was done, with who, what, when and from where [AD07]', async () => {
    const clock = () => Date.UTC(2026, 10, 24)
    await withDatabase(
      start,
      async (database) => {
        const id = database.newId()
        await database.append({
          users: userRow(id, 'ann'),
          audit: {
            event: 'user.created',
            actor: 'user:admin',
            subject: 'user:ann',
            address: '2001:db8::1',
            requestId: 'r-1',
            detail: { username: 'ann', groups: ['staff'], age: 41n as unknown as number },
          },
        })
        const [started, created] = await events(database)
        assert.equal(started?.event, 'audit.started')
        const { id: _, chain_id, hash, ...rest } = created as NonNullable<typeof created>
        assert.equal(chain_id, started?.chain_id)
        assert.equal(hash.byteLength, 32)
        assert.deepEqual(rest, {
          position: 2,
          at: clock(),
          event: 'user.created',
          actor: 'user:admin',
          subject: 'user:ann',
          address: '2001:db8::1',
          request_id: 'r-1',
          detail: '{"username":"ann","groups":["staff"],"age":"41"}',
          events: 1,
        })
      },
      { clock },
    )
  })

  it('is written exactly with the unit that it belongs to [AD07 OP04]', async () => {
    await withDatabase(start, async (database) => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 40 }, async (_, index) =>
          database.write(async (transaction) => {
            await database.audit(transaction, event(`unit ${index} a`))
            await transaction
              .insertInto('users')
              .values(userRow(database.newId(), `u${index % 30}`))
              .execute()
            await database.audit(transaction, event(`unit ${index} b`))
            if (index % 5 === 0) throw new Error('faulty')
          }),
        ),
      )
      const expected = outcomes.flatMap(({ status }, index) =>
        status === 'fulfilled' ? [`unit ${index} a`, `unit ${index} b`] : [],
      )
      const found = (await events(database)).filter((row) => row.event === 'user.changed').map((row) => row.subject)
      assert.deepEqual(found.sort(), expected.sort())
      assert.ok(expected.length > 0 && expected.length < 80)
      assert.deepEqual((await verifyAudit(database)).breaks, [])
    })
  })

  it('holds together whatever is rolled back, repeated, and written at once', async () => {
    await withDatabase(start, async (database) => {
      const append = async (index: number) =>
        database.append({
          users: userRow(database.newId(), `append ${index % 50}`),
          audit: [event(`${index}`), event(`${index}`)],
        })
      const unit = async (index: number) =>
        database.write(async (transaction) => {
          await database.audit(transaction, event(`unit ${index}`))
          await transaction
            .insertInto('users')
            .values(userRow(database.newId(), `unit ${index % 50}`))
            .execute()
        })
      for (let round = 0; round < 3; round += 1) {
        await Promise.allSettled(
          Array.from({ length: 60 }, async (_, index) => (index % 2 === 0 ? append(index) : unit(index))),
        )
      }
      const report = await verifyAudit(database)
      assert.deepEqual(report.breaks, [])
      assert.equal(report.rows, (await events(database)).length)
      const written = (await events(database)).filter((row) => row.event === 'user.changed')
      assert.equal(written.length, 25 * 2 + 25)
    })
  })

  it('has no room for secrets, by the name they come under or by their looks', async () => {
    await withDatabase(start, async (database) => {
      const secrets: AuditDetail = {
        password: 'canary',
        newPassword: 'canary',
        password_hash: 'canary',
        client_secret: { value: 'canary' },
        access_token: 'canary',
        apiKey: ['canary'],
        authorization: 'canary',
        Cookie: 'canary',
        otp: 'canary',
        nested: { list: [{ refreshToken: 'canary' }] },
        note: `it said dw_at_${'0'.repeat(11)}_${'canary'.repeat(8)} and Bearer canarycanary`,
        jwt: 'eyJhbGciOiJub25lIn0.canary.canary',
      }
      const harmless = {
        token_id: 'shown',
        keyName: 'shown',
        tokens: 3,
        passwordChanged: true,
        cookies: null,
        name: 'shown',
      }
      await database.append({ audit: { ...event('Basic canarycanary'), detail: { ...secrets, ...harmless } } })
      const { detail, subject } = (await events(database)).at(-1) as NonNullable<Awaited<ReturnType<typeof events>>[0]>
      assert.doesNotMatch(detail + subject, /canary/)
      for (const [name, value] of Object.entries(harmless)) assert.deepEqual(JSON.parse(detail)[name], value, name)
    })
  })

  it('takes texts that not every database can keep', async () => {
    await withDatabase(start, async (database) => {
      const odd = 'a\0b\ud800c\u{1f6aa}'
      await database.append({
        audit: { event: odd, actor: odd, subject: odd, address: odd, requestId: odd, detail: { [odd]: odd } },
      })
      assert.deepEqual((await verifyAudit(database)).breaks, [])
      assert.deepEqual(JSON.parse((await events(database)).at(-1)?.detail ?? ''), { [odd]: odd })
    })
  })
})

describeDatabases('verifyAudit', (start) => {
  /** A log of ten events, one of which is then tampered with. */
  const tampered = async (
    tamper: (database: Database, rows: Awaited<ReturnType<typeof events>>) => Promise<unknown>,
    expected: readonly (readonly [number, string])[],
  ) =>
    withDatabase(start, async (database) => {
      for (let index = 0; index < 9; index += 1) await database.append({ audit: event(`${index}`) })
      assert.deepEqual((await verifyAudit(database)).breaks, [])
      await tamper(database, await events(database))
      const { breaks } = await verifyAudit(database)
      assert.deepEqual(
        breaks.map(({ position, reason }) => [position, reason]),
        expected,
      )
    })

  it('finds nothing in an empty log', async () => {
    await withDatabase(start, async (database) => {
      assert.deepEqual(await verifyAudit(database), { rows: 0, chains: 0, trimmed: 0, unbound: 0, breaks: [] })
    })
  })

  it('finds a row that was changed, whichever column it was', async () => {
    const changes = [
      { subject: 'x' },
      { actor: 'x' },
      { event: 'x' },
      { detail: '{"a":1}' },
      { at: 1 },
      { address: '10.0.0.1' },
      { request_id: 'x' },
      { events: 2 },
      { hash: new Uint8Array(32) },
    ]
    for (const change of changes) {
      await tampered(
        async (database, rows) =>
          database.write(async (transaction) =>
            transaction
              .updateTable('audit_events')
              .set(change)
              .where('id', '=', rows[4]?.id ?? 0n)
              .execute(),
          ),
        [[5, 'changed']],
      )
    }
  })

  it('finds that a row is missing', async () => {
    await tampered(
      async (database, rows) =>
        database.write(async (transaction) =>
          transaction
            .deleteFrom('audit_events')
            .where('id', '=', rows[4]?.id ?? 0n)
            .execute(),
        ),
      [[6, 'missing before']],
    )
  })

  it('finds a row that was put in between', async () => {
    await tampered(
      async (database, rows) => {
        const row = { ...(rows[4] as (typeof rows)[0]), id: database.newId(), position: 11 }
        return database.write(async (transaction) => transaction.insertInto('audit_events').values(row).execute())
      },
      [[11, 'changed']],
    )
  })

  it('finds a second row in the place of one, and one that was moved to another time', async () => {
    await tampered(
      async (database, rows) => {
        const row = { ...(rows.at(-1) as (typeof rows)[0]), id: database.newId(), subject: 'another' }
        return database.write(async (transaction) => transaction.insertInto('audit_events').values(row).execute())
      },
      [[10, 'doubled']],
    )
    await tampered(
      async (database, rows) =>
        database.write(async (transaction) =>
          transaction
            .updateTable('audit_events')
            .set({ id: database.newId() })
            .where('id', '=', rows[4]?.id ?? 0n)
            .execute(),
        ),
      [[6, 'missing before']],
    )
  })

  it('finds the first break of each chain, and counts rows and chains', async () => {
    await withDatabase(start, async (database) => {
      const stamp = { newId: database.newId, clock: Date.now }
      for (const name of ['a', 'b', 'c']) {
        const newest = (await events(database)).at(-1) ?? null
        const started = startChain(newest, stamp)
        const linked = linkEvents(
          started.chain,
          Array.from({ length: 1200 }, (_, index) => event(`${name}${index}`)),
          stamp,
        )
        await database.append({ audit_events: [...started.rows, ...linked.rows] })
      }
      let seen = 0
      const whole = await verifyAudit(database, (rows) => (seen = rows))
      assert.deepEqual(whole, { rows: 3603, chains: 3, trimmed: 0, unbound: 3603, breaks: [] })
      assert.equal(seen, 3603)
      await database.write(async (transaction) =>
        transaction
          .updateTable('audit_events')
          .set({ actor: 'x' })
          .where('subject', 'in', ['a7', 'a9', 'c1100'])
          .execute(),
      )
      const { breaks } = await verifyAudit(database)
      assert.deepEqual(
        breaks.map(({ position, reason }) => [position, reason]),
        [
          [9, 'changed'],
          [1102, 'changed'],
        ],
      )
    })
  })

  it('counts chains whose beginning was purged, and does not take them for damaged', async () => {
    await tampered(async (database, rows) => {
      await database.write(async (transaction) =>
        transaction
          .deleteFrom('audit_events')
          .where('id', '<', rows[4]?.id ?? 0n)
          .execute(),
      )
      assert.equal((await verifyAudit(database)).trimmed, 1)
    }, [])
  })
})

describeStoredDatabases('verifyAudit', (start) => {
  it('finds that the end of a chain was cut off when another has begun after it', async () => {
    await withDatabase(start, async (database, { open }) => {
      for (let index = 0; index < 9; index += 1) await database.append({ audit: event(`${index}`) })
      const second = await open()
      await second.append({ audit: event('of another process') })
      await second.close()
      assert.deepEqual(await verifyAudit(database), { rows: 12, chains: 2, trimmed: 0, unbound: 12, breaks: [] })
      await database.write(async (transaction) =>
        transaction.deleteFrom('audit_events').where('subject', '=', '8').execute(),
      )
      const { breaks } = await verifyAudit(database)
      assert.deepEqual(
        breaks.map(({ position, reason }) => [position, reason]),
        [[1, 'hung on a missing row']],
      )
    })
  })
})

describe('linkEvents', () => {
  it('chains by SHA-256 over the hash before and the row as a JSON list', () => {
    let next = 100n
    const stamp = { newId: () => (next += 1n), clock: () => 1_764_000_000_000 }
    const { rows } = linkEvents({ id: 7n, position: 0, hash: new Uint8Array(32) }, [event('s')], stamp)
    assert.equal(rows.length, 1)
    // printf '%064d' 0 | xxd -r -p > f; printf '["101","7",1,1764000000000,"user.changed","system","s",null,null,"{}",1]' >> f; sha256sum f
    assert.equal(
      Buffer.from(rows[0]?.hash ?? []).toString('hex'),
      'a9813f37bb8d0fdb6e63feda8bdb28f43df03ab556ea64a95fc56e446acbe98d',
    )
  })
})

describe('linkEvents on texts that are judged at a glance', () => {
  const written = (subject: string): string => {
    const stamp = { newId: () => 1n, clock: () => 0 }
    const { rows } = linkEvents({ id: 7n, position: 0, hash: new Uint8Array(32) }, [{ ...event(subject) }], stamp)
    return rows[0]?.subject ?? ''
  }

  it('blots out the shortest credentials of each kind, the second time too', () => {
    const shortest = [
      `d_a_${'0'.repeat(11)}_${'1'.repeat(20)}`,
      'eyJa.b.',
      'Basic abcdefgh',
      `Token ${'a'.repeat(40)}`,
      '-----BEGIN KEY-----',
    ]
    for (const text of shortest) {
      for (const around of [text, text, `(${text})`, `a\n${text}`])
        assert.doesNotMatch(written(around), /1{20}|eyJ|abcd|a{40}|KEY/)
    }
  })

  it('leaves names, ids and addresses as they are', () => {
    const harmless = ['grant:0000tIxTOxc', 'eyJabc', '10.20.30.40', '2001:db8::1', 'a_b_c', 'read write', 'a "b" \\ c']
    for (const text of [...harmless, ...harmless]) assert.equal(written(text), text)
  })
})

async function events({ read }: Database) {
  return read.selectFrom('audit_events').selectAll().orderBy('id').execute()
}
