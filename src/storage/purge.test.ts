import assert from 'node:assert/strict'
import { it } from 'node:test'
import { apiTokenRow, describeDatabases, userRow } from './databases.contract.ts'
import { createIdSource } from './id.ts'
import { purge } from './purge.ts'
import { verifyAudit } from './verify-audit.ts'
import { withDatabase } from './with-database.contract.ts'

const now = Date.UTC(2026, 10, 24)
const day = 86_400_000
const month = 30 * day

describeDatabases('purge', (start) => {
  it('deletes sessions that nobody used for so long, where that is said', async () => {
    await withDatabase(start, async (database) => {
      const user = database.newId()
      const session = {
        digest: new Uint8Array(32),
        user_id: user,
        created_at: now - 10 * day,
        expires_at: now + day,
        authenticated_at: now,
        amr: 'pwd',
        address: null,
        address_key: null,
        user_agent: null,
        sign_in_id: 1n,
      }
      const seen = [now, now - 2 * day, now - 2 * day - 1]
      await database.append({
        users: userRow(user, 'ann'),
        sessions: seen.map((last_seen_at) => ({ ...session, id: database.newId(), last_seen_at })),
      })
      assert.equal((await purge(database, { now, pause: 0 }))['sessions'], 0)
      assert.equal((await purge(database, { now, pause: 0, sessionIdle: 2 * day }))['sessions'], 1)
      const left = await database.read.selectFrom('sessions').select('last_seen_at').orderBy('last_seen_at').execute()
      assert.deepEqual(
        left.map(({ last_seen_at: at }) => at),
        [now - 2 * day, now],
      )
      await assert.rejects(purge(database, { now, sessionIdle: -1 }), /sessionIdle must be/)
    })
  })

  it('deletes what has expired and nothing else, and says how much [B-JRF-15]', async () => {
    await withDatabase(start, async (database) => {
      const user = database.newId()
      const [live, dead] = [database.newId(), database.newId()]
      const session = {
        digest: new Uint8Array(32),
        user_id: user,
        created_at: 0,
        last_seen_at: 0,
        authenticated_at: 0,
        amr: 'pwd',
        address: null,
        user_agent: null,
        address_key: null,
        sign_in_id: 1n,
      }
      const pending = {
        digest: new Uint8Array(32),
        user_id: user,
        created_at: 0,
        amr: 'pwd',
        next: null,
        guesses: 0,
        step: '',
        steps_done: 0,
      }
      const family = { user_id: user, created_at: 0, revoked_at: null, revoked_for: null, claims: '{}' }
      const token = { created_at: 0, spent_at: null, next_id: null, asked_by: null, answer: null }
      const digest = (first: number) => Uint8Array.of(first, ...new Uint8Array(31))
      await database.write(async (transaction) => transaction.deleteFrom('nodes').execute())
      await database.append({
        users: userRow(user, 'ann'),
        totp_enrolments: { user_id: user, secret: new Uint8Array(1), created_at: 0, expires_at: now - 1 },
        trusted_browsers: [now - 1, now].map((expires_at) => {
          const [id, nothing] = [database.newId(), new Uint8Array(32)]
          return {
            id,
            digest: nothing,
            user_id: user,
            bound_to: nothing,
            created_at: 0,
            expires_at,
            user_agent: null,
            address: null,
          }
        }),
        pending_sign_ins: [now - 1, now].map((expires_at) => ({ ...pending, id: database.newId(), expires_at })),
        sessions: [now - 1, now, now + 1].map((expires_at) => ({ ...session, id: database.newId(), expires_at })),
        api_tokens: [null, now + 1, now - 1, now - month, now - month - 1].map((expires_at) =>
          apiTokenRow(database.newId(), user, { expires_at }),
        ),
        refresh_families: [
          { ...family, id: live, expires_at: now + 1 },
          { ...family, id: dead, expires_at: now - 1 },
        ],
        refresh_tokens: [
          { ...token, id: database.newId(), family_id: live, expires_at: now - 1 },
          { ...token, id: database.newId(), family_id: live, expires_at: now + 1 },
          { ...token, id: database.newId(), family_id: dead, expires_at: now - 1 },
        ],
        revocations: [now - 1, now + 1].map((expires_at) => ({
          id: database.newId(),
          kind: 'token',
          subject_id: 1n,
          not_before: 0,
          expires_at,
        })),
        consumed: [
          { digest: digest(1), expires_at: now - 1 },
          { digest: digest(2), expires_at: now + 1 },
        ],
        mail_outbox: [now - 1, now].map((expires_at) => ({
          id: database.newId(),
          kind: 'nothing',
          sealed: digest(1),
          attempts: 0,
          next_attempt_at: now,
          created_at: 0,
          expires_at,
        })),
        mail_links: [now - 1, now].map((expires_at) => ({
          id: database.newId(),
          digest: digest(1),
          purpose: 'password_reset',
          user_id: user,
          email: null,
          email_key: null,
          bound_to: digest(1),
          created_at: 0,
          expires_at,
          next: null,
          maker_id: null,
        })),
        mail_codes: [now - 1, now].map((expires_at) => ({
          id: database.newId(),
          digest: digest(1),
          code_digest: digest(1),
          user_id: null,
          bound_to: digest(1),
          attempts_left: 3,
          spent_at: null,
          created_at: 0,
          expires_at,
        })),
        throttle_counters: [
          { key: 'a', arrival: 1, expires_at: now - 1 },
          { key: 'b', arrival: 1, expires_at: now + 1 },
        ],
        nodes: [
          { number: 1, holder: 'a', expires_at: now - day - 1 },
          { number: 2, holder: 'b', expires_at: now - day },
        ],
      })
      // On PostgreSQL these go with the part of their day: see `partitions.test.ts`.
      const tokens = database.dialect === 'sqlite' ? { refresh_tokens: 2 } : {}
      assert.deepEqual(await purge(database, { now }), {
        sessions: 1,
        pending_sign_ins: 1,
        totp_enrolments: 1,
        trusted_browsers: 1,
        api_tokens: 1,
        refresh_tokens: 0,
        refresh_families: 1,
        ...tokens,
        access_tokens: 0,
        grant_tokens: 0,
        authorization_codes: 0,
        device_codes: 0,
        grants: 0,
        pushed_requests: 0,
        registration_tokens: 0,
        clients: 0,
        logout_notices: 0,
        provider_sign_ins: 0,
        pending_links: 0,
        app_sign_ins: 0,
        role_grants: 0,
        invitations: 0,
        mail_outbox: 1,
        mail_links: 1,
        mail_codes: 1,
        revocations: 1,
        key_refusal_days: 0,
        key_usage_days: 0,
        client_usage_days: 0,
        acted_sessions: 0,
        setup_links: 0,
        consumed: 1,
        throttle_counters: 1,
        throttle_overrides: 0,
        ending_notices: 0,
        key_set_readers: 0,
        node_reports: 0,
        nodes: 1,
        ended_rights: 0,
      })
      if (database.dialect === 'sqlite') {
        assert.deepEqual(await database.read.selectFrom('refresh_families').select('id').execute(), [{ id: live }])
        assert.equal((await database.read.selectFrom('refresh_tokens').select('id').execute()).length, 1)
      }
      const again = await purge(database, { now })
      assert.deepEqual(new Set(Object.values(again)), new Set([0]))
    })
  })

  it('goes in batches, tells of each, and lets other writers in between [B-STO-04]', async () => {
    await withDatabase(start, async (database) => {
      const rows = Array.from({ length: 250 }, (_, index) => ({ key: `${index}`, arrival: 0, expires_at: 0 }))
      await database.append({ throttle_counters: rows })
      const told: number[] = []
      const appended: Promise<void>[] = []
      await purge(database, {
        now,
        batch: 100,
        onProgress: (_, deleted) => {
          told.push(deleted)
          appended.push(
            database.append({ throttle_counters: { key: `new ${deleted}`, arrival: 0, expires_at: now + 1 } }),
          )
        },
      })
      await Promise.all(appended)
      assert.equal(told.at(-1), 250)
      assert.ok(told.length >= 3)
      assert.equal((await database.read.selectFrom('throttle_counters').select('key').execute()).length, told.length)
    })
  })

  it('refuses options that make no sense before it deletes anything [B-STO-05]', async () => {
    await withDatabase(start, async (database) => {
      await database.append({ throttle_counters: { key: 'old', arrival: 0, expires_at: 0 } })
      for (const [wrong, named] of [
        [{ batch: 0 }, 'batch'],
        [{ batch: 1.5 }, 'batch'],
        [{ batch: Number.NaN }, 'batch'],
        [{ pause: -1 }, 'pause'],
        [{ keepTokens: Number.POSITIVE_INFINITY }, 'keepTokens'],
        [{ keepAudit: -1 }, 'keepAudit'],
        [{ keepUnusedClients: Number.NaN }, 'keepUnusedClients'],
        [{ now: Number.NaN }, 'now'],
      ] as const) {
        await assert.rejects(purge(database, { now, ...wrong }), new RegExp(`^TypeError: purge: ${named} must be`))
      }
      assert.equal((await database.read.selectFrom('throttle_counters').select('key').execute()).length, 1)
    })
  })

  it('may run twice at once', async () => {
    await withDatabase(start, async (database) => {
      const rows = Array.from({ length: 300 }, (_, index) => ({ key: `${index}`, arrival: 0, expires_at: 0 }))
      await database.append({ throttle_counters: rows })
      const both = await Promise.all([purge(database, { now, batch: 50 }), purge(database, { now, batch: 50 })])
      assert.equal(
        both.reduce((sum, counts) => sum + (counts['throttle_counters'] ?? 0), 0),
        300,
      )
    })
  })

  it('keeps audit events for ever, unless told how long', async () => {
    let time = now - 100 * day
    await withDatabase(
      start,
      async (database) => {
        for (let index = 0; index < 10; index += 1) {
          await database.append({ audit: { event: 'a', actor: 'b', subject: `${index}` } })
          time += 10 * day
        }
        await purge(database, { now })
        assert.equal((await verifyAudit(database)).rows, 11)
        const counts = await purge(database, { now, keepAudit: 45 * day })
        const report = await verifyAudit(database)
        assert.deepEqual([report.rows, report.trimmed, report.breaks], [4, 1, []])
        if (database.dialect === 'sqlite') assert.equal(counts['audit_events'], 7)
      },
      { clock: () => time },
    )
  })

  it('takes old ids for old events', async () => {
    await withDatabase(start, async (database) => {
      const id = createIdSource({ node: 1, clock: () => now - 2 * day })()
      const row = {
        chain_id: id,
        position: 1,
        at: now,
        event: '',
        actor: '',
        subject: '',
        address: null,
        request_id: null,
        events: 1,
      }
      await database.append({ audit_events: { ...row, id, detail: '{}', hash: new Uint8Array(32) } })
      assert.equal((await purge(database, { now, keepAudit: 3 * day }))['audit_events'], 0)
      assert.equal((await purge(database, { now, keepAudit: day }))['audit_events'], 1)
    })
  })
})
