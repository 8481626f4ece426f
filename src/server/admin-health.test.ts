import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { sharedPostgres, withoutPostgres } from '../../test/services/shared-postgres.ts'
import { eventually } from '../../test/services/server-process.ts'
import type { Health } from '../admin/operation/health.ts'
import type { NodeReport } from '../storage/node-reports.ts'
import { adminHealth } from './admin-health.ts'
import { type Instance, openInstance } from './instance.ts'
import { type RunningServer, serve } from './serve.ts'
import { readSettings, type Settings } from './settings.ts'
import { version } from './version.ts'

describeServers('on SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-nodes-'))
  const settings = readSettings({ data: folder, port: 0, logLevel: 'silent' })
  return { settings, remove: async () => rmSync(folder, { recursive: true }) }
})

if (!withoutPostgres) {
  describeServers('on PostgreSQL', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-nodes-'))
    const databaseUrl = await (await sharedPostgres()).createDatabase()
    const settings = readSettings({ data: folder, databaseUrl, port: 0, logLevel: 'silent' })
    return { settings, remove: async () => rmSync(folder, { recursive: true }) }
  })
}

type Opens = () => Promise<{ readonly settings: Settings; readonly remove: () => Promise<void> }>

function describeServers(name: string, open: Opens): void {
  describe(`the health of several servers, ${name}`, () => {
    it('is seen at each of them: which there are, which version, clock, and how they do (A33)', async (test) => {
      const { settings, begin, join } = await stage(test, open)
      const [first, second] = [await begin(), await begin()]
      const command = await join()
      const reported = await until(adminHealth(first.instance), ({ nodes }) => nodes.filter(isServer).length === 2)
      assert.equal(reported.nodes.length, 3)
      for (const { instance } of [first, second]) {
        const { nodes, checks } = await adminHealth(instance)()
        assert.equal(nodes.filter(({ isThis }) => isThis).length, 1)
        for (const { report } of nodes.filter(isServer)) {
          assert.deepEqual([report?.version, report?.runtime, report?.process], [version, process.version, process.pid])
          if (settings.databaseUrl?.startsWith('postgres') === true)
            assert.ok(Math.abs(report?.clockAhead ?? NaN) < 5000)
          else assert.equal(report?.clockAhead, null)
        }
        const about = new Map(checks.map(({ what, ...more }) => [what, more]))
        for (const what of ['Version', 'Servers', 'Clocks']) assert.equal(about.get(what)?.isWell, true, what)
        assert.equal(about.get('Servers')?.detail, '2 running')
      }
      await command.close()
      await second.stop()
      const left = await adminHealth(first.instance)()
      assert.deepEqual([left.nodes.length, left.nodes.filter(isServer).length], [1, 1])
    })

    it('warns of servers of another version, that say nothing, that look no more, and whose clock is wrong (A33)', async (test) => {
      const { begin, join } = await stage(test, open)
      const first = await begin()
      const other = await join()
      const health = adminHealth(first.instance)
      const { nodes } = await until(health, (now) => now.nodes.some(isServer))
      const [own] = nodes.filter(isServer)
      const number = nodes.find(({ isThis }) => !isThis)?.number ?? assert.fail()
      const now = Date.now()
      const wrongs = [
        ['Version', { version: '0.0.9' }, now, /0\.0\.9/],
        ['Servers', {}, now - 70_000, new RegExp(`server ${number} has said nothing`)],
        ['Servers', { lookedAt: now - 40_000 }, now, new RegExp(`server ${number} may not know what was revoked`)],
        ['Clocks', { clockAhead: -61_000 }, now, new RegExp(`server ${number} is 61 s behind that of the database`)],
      ] as const
      for (const [what, more, at, says] of wrongs) {
        const report: NodeReport = { ...(own?.report ?? assert.fail()), lookedAt: at, ...more }
        const row = { number, reported_at: at, report: JSON.stringify(report) }
        await other.database.write(async (unit) => {
          await unit.deleteFrom('node_reports').where('number', '=', number).execute()
          await unit.insertInto('node_reports').values(row).execute()
        })
        const found = (await health()).checks.find((one) => one.what === what)
        assert.equal(found?.isWell, false, what)
        assert.match(found.detail, says)
      }
    })

    it('says when it last learned of a revocation, whoever revoked it (A33)', async (test) => {
      const { begin, join } = await stage(test, open)
      const first = await begin()
      const { revocations, users } = first.instance
      assert.equal(revocations.times().learned, null)
      const { id } = await users.create({ username: 'ada', password: 'correct horse battery' })
      const other = await join()
      const begun = Date.now()
      await other.users.signOutEverywhere(id, {})
      await until(
        async () => revocations.times().learned ?? 0,
        (at) => at >= begun,
      )
    })

    it('says that this server is the older one, where a newer release has changed the schema (A2)', async (test) => {
      const { join } = await stage(test, open)
      const first = await join()
      const { database } = first
      assert.deepEqual(await database.newerMigrations(), [])
      await database.write(async (unit) =>
        unit
          .insertInto('doorward_migrations' as never)
          .values({ name: '9999-of-tomorrow', timestamp: '2030-01-01T00:00:00.000Z' } as never)
          .execute(),
      )
      assert.deepEqual(await database.newerMigrations(), ['9999-of-tomorrow'])
      const found = (await adminHealth(first)()).checks.find(({ what }) => what === 'Version')
      assert.deepEqual([found?.isWell, found?.detail.includes('9999-of-tomorrow')], [false, true])
    })
  })
}

interface Servers {
  readonly settings: Settings
  readonly begin: () => Promise<RunningServer>
  readonly join: () => Promise<Instance>
}

/** Servers, and what else opens the same database, which all end with the test. */
async function stage(test: TestContext, open: Opens): Promise<Servers> {
  const { settings, remove } = await open()
  const ends: (() => Promise<void>)[] = []
  test.after(async () => {
    for (const end of ends.toReversed()) await end()
    await remove()
  })
  return {
    settings,
    begin: async () => {
      const server = await serve(settings)
      ends.push(server.stop)
      return server
    },
    join: async () => {
      const instance = await openInstance(settings)
      let isOpen = true
      const close = async (): Promise<void> => {
        if (isOpen) await instance.close()
        isOpen = false
      }
      ends.push(close)
      return { ...instance, close }
    },
  }
}

function isServer({ report }: Health['nodes'][number]): boolean {
  return report !== null
}

/** Asks until it is so: a report is written soon, and not at once. */
async function until<Value>(ask: () => Promise<Value>, isSo: (value: Value) => boolean): Promise<Value> {
  return eventually(async () => {
    const value = await ask()
    assert.ok(isSo(value))
    return value
  })
}
