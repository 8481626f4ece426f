import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createTokenFormat } from '../tokens/format.ts'
import { createTrustedBrowsers } from './trusted-browsers.ts'

const format = createTokenFormat()
const day = 86_400_000
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

onEachDatabase('createTrustedBrowsers', (stage) => {
  async function open() {
    const here = await stage()
    const { database, second, clock, time, addUser } = here
    const common = { format, clock, lifetime: 30 * 86_400 }
    const trusted = createTrustedBrowsers({ ...common, database })
    const other = createTrustedBrowsers({ ...common, database: second })
    const person = async (username: string) => {
      const { id } = await addUser({ username, username_key: username })
      const app = { user_id: id, secret: new Uint8Array(8), created_at: time.now, last_step: 0, last_used_at: null }
      await database.append({ totp_devices: app })
      return formatId(id)
    }
    const trust = async (userId: string, userAgent: string | null = firefox) => {
      const cookie = await trusted.trust(asking(null, userAgent), userId, { address: '192.0.2.1' })
      return cookie.split(';')[0] ?? ''
    }
    return { ...here, trusted, other, trust, ada: await person('ada'), eve: await person('eve') }
  }

  it('keeps a digest alone, in a cookie that scripts do not see, for one user [B-MFA-07]', async () => {
    const { trusted, ada, eve, database } = await open()
    const cookie = await trusted.trust(asking(null), ada, { address: '192.0.2.1' })
    assert.match(cookie, /^__Host-trusted=dw_tb_\w+; Path=\/; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax$/)
    const value = cookie.split(';')[0] ?? ''
    assert.equal(await trusted.isTrusted(asking(value), ada), true)
    assert.equal(await trusted.isTrusted(asking(value), eve), false)
    const row = await database.read.selectFrom('trusted_browsers').selectAll().executeTakeFirstOrThrow()
    const secret = value.split('_').at(-1) ?? ''
    assert.ok(!JSON.stringify({ ...row, id: '', user_id: '' }).includes(secret))
    assert.deepEqual(await trusted.list(eve), [])
    const [browser] = await trusted.list(ada)
    assert.deepEqual(
      [browser?.userAgent, browser?.address, browser?.id],
      [null, '192.0.2.1', trusted.idOf(asking(value))],
    )
  })

  it('is over in time, and with a change of the password or of a factor', async () => {
    const { trusted, trust, ada, eve, time, setUser, database } = await open()
    const [adas, eves] = [await trust(ada), await trust(eve)]
    assert.equal((await trusted.list(ada))[0]?.userAgent, firefox)
    const row = await database.read
      .selectFrom('users')
      .select('id')
      .where('username', '=', 'ada')
      .executeTakeFirstOrThrow()
    await setUser(row.id, { password_changed_at: time.now })
    assert.equal(await trusted.isTrusted(asking(adas), ada), false)
    assert.deepEqual(await trusted.list(ada), [])
    await database.write(async (unit) =>
      unit
        .updateTable('totp_devices')
        .set({ secret: new Uint8Array(9) })
        .execute(),
    )
    assert.equal(await trusted.isTrusted(asking(eves), eve), false)
    const again = await trust(eve)
    time.now += 30 * day - 1
    assert.equal(await trusted.isTrusted(asking(again), eve), true)
    time.now += 1
    assert.equal(await trusted.isTrusted(asking(again), eve), false)
    assert.deepEqual(await trusted.list(eve), [])
  })

  it('takes none that was made up, cut, or of another kind', async () => {
    const { trusted, trust, ada } = await open()
    const value = (await trust(ada)).replace(/^[^=]+=/, '')
    const bad = ['', 'x', `${value}x`, value.slice(0, -1), format.make('tb', 5n).text, format.make('ses', 5n).text]
    for (const one of bad) {
      assert.equal(await trusted.isTrusted(asking(`__Host-trusted=${one}`), ada), false, one)
    }
    assert.equal(await trusted.isTrusted(asking(null), ada), false)
    assert.equal(await trusted.isTrusted(asking(`trusted=${value}`), ada), false)
    for (const user of ['', 'nonsense', formatId(1n)]) {
      assert.equal(await trusted.isTrusted(asking(`__Host-trusted=${value}`), user), false)
      assert.deepEqual(await trusted.list(user), [])
      assert.equal(await trusted.forget(user, {}), 0)
    }
    await assert.rejects(trusted.trust(asking(null), formatId(1n), {}), TypeError)
  })

  it('is ended one by one by its user, and all but the present one', async () => {
    const { trusted, trust, ada, eve } = await open()
    const [first, second, third] = [await trust(ada), await trust(ada), await trust(ada)]
    const eves = await trust(eve)
    const id = trusted.idOf(asking(first)) ?? ''
    assert.equal(await trusted.end(id, eve, {}), false)
    assert.equal(await trusted.end('nonsense', ada, {}), false)
    assert.equal(await trusted.end(id, ada, {}), true)
    assert.equal(await trusted.end(id, ada, {}), false)
    assert.equal(await trusted.forget(ada, {}, asking(second)), 1)
    assert.equal(await trusted.isTrusted(asking(second), ada), true)
    assert.equal(await trusted.isTrusted(asking(third), ada), false)
    assert.equal(await trusted.forget(ada, {}), 1)
    assert.equal(await trusted.isTrusted(asking(eves), eve), true)
  })

  it('of fifty that end it at once, one does, and the log says so once (race)', async () => {
    const { trusted, other, trust, ada, database } = await open()
    const id = trusted.idOf(asking(await trust(ada))) ?? ''
    const all = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => (index % 2 === 0 ? trusted : other).end(id, ada, {})),
    )
    assert.equal(all.filter(Boolean).length, 1)
    const events = database.read.selectFrom('audit_events').select('id').where('event', '=', 'browsers.not_trusted')
    assert.equal((await events.execute()).length, 1)
  })
})

function asking(cookie: string | null, userAgent: string | null = null) {
  const headers: Readonly<Record<string, string | null>> = { cookie, 'user-agent': userAgent }
  return { headers: { get: (name: string) => headers[name] ?? null } }
}
