import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { person } from '../../screens/person.contract.ts'
import { openConsole } from '../console.contract.ts'

describe('administrators in the console', () => {
  it('are made and unmade by superusers alone', async () => {
    await using at = await openConsole()
    const list = await at.staff.get('/admin/administrators/')
    assert.match(list.text, /Only a superuser may make or unmake/)
    assert.equal((await at.staff.get(`/admin/administrators/${at.rootUser.id}/`)).status, 403)
    const own = await at.staff.get(`/admin/users/${at.ada.id}/disable/`)
    const [, proof = ''] = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(own.text) ?? []
    const fields = { csrfmiddlewaretoken: proof, action: 'grant', user: 'grace', role: 'superuser' }
    assert.equal((await at.staff.post('/admin/administrators/', fields)).status, 403)
    assert.equal(
      (await at.staff.post(`/admin/administrators/${at.rootUser.id}/`, { ...fields, action: 'take' })).status,
      403,
    )

    const page = await at.root.get('/admin/administrators/')
    const { users } = at.doorward.instance
    await users.create({ username: 'mallory', email: 'ceo@example.org', source: 'sign_up' })
    const strange = await at.root.submit(page, 'grant', { user: 'ceo@example.org', role: 'superuser' })
    assert.equal(strange.status, 400)
    assert.match(strange.text, /Give the username, or the verified e-mail/)
    assert.equal((await users.findByLogin('mallory'))?.isStaff, false)
    for (const typed of [{ user: 'nobody' }, { user: '' }, { user: 'ada', role: 'constructor' }]) {
      assert.equal((await at.root.submit(page, 'grant', typed)).status, 400)
    }
    assert.match(
      (await at.root.submit(page, 'grant', { user: 'ada', role: 'superuser' })).text,
      /ada is an administrator now/,
    )
    const ada = await at.signedIn(at.ada)
    assert.equal((await ada.get('/admin/administrators/')).status, 200)
    const taking = await at.root.get(`/admin/administrators/${at.ada.id}/`)
    assert.match((await at.root.submit(taking, 'take', { to: 'none' })).text, /no administrator any more/)
    assert.equal((await ada.get('/admin/administrators/')).status, 403)
  })

  it('are made for a while: the list says how long that still is, and it ends by itself (A34)', async () => {
    await using at = await openConsole()
    const page = await at.root.get('/admin/administrators/')
    const wrong = await at.root.submit(page, 'grant', { user: 'ada', role: 'superuser', until: 'ever' })
    assert.equal(wrong.status, 400)
    const made = await at.root.submit(page, 'grant', { user: 'ada', role: 'superuser', until: '4h' })
    assert.match(made.text, /ada is an administrator now, for 4 hours/)
    assert.match(made.text, /until <time[^>]*>[^<]*<\/time>\s+\(4 hours left\)/)
    const ada = await at.signedIn(at.ada)
    assert.equal((await ada.get('/admin/administrators/')).status, 200)
    // Whoever is the last one for good cannot become one for a while.
    const last = await at.root.submit(page, 'grant', { user: 'root', role: 'superuser', until: '1h' })
    assert.match(last.text, /last active superuser/)
    await at.doorward.clock.advance('4h')
    assert.equal((await ada.get('/admin/administrators/')).status, 403)
    const root = await at.signedIn(at.rootUser)
    assert.match((await root.get('/admin/administrators/')).text, /\(over\)/)
  })

  it('leave one superuser, whoever takes whose right at once; the page says what to do', async () => {
    await using at = await openConsole()
    const last = await at.root.get(`/admin/administrators/${at.rootUser.id}/`)
    const refused = await at.root.submit(last, 'take', { to: 'none' })
    assert.equal(refused.status, 409)
    assert.match(refused.text, /last active superuser\. Make somebody else a superuser first/)
    const { users } = at.doorward.instance
    const made = []
    for (let count = 0; count < 24; count += 1) {
      const user = await at.doorward.users.create({
        username: `root${count}`,
        password: 'correct horse battery',
        isStaff: true,
        isSuperuser: true,
      })
      made.push({ user, who: await at.signedIn(user) })
    }
    const all = [{ user: at.rootUser, who: at.root }, ...made]
    // Each takes the right of the one after, and its own: fifty at once.
    const pages = await Promise.all(
      all.map(async ({ who }, index) => {
        const next = all[(index + 1) % all.length]?.user ?? at.rootUser
        const own = all[index]?.user ?? at.rootUser
        return [
          await who.get(`/admin/administrators/${next.id}/`),
          await who.get(`/admin/administrators/${own.id}/`),
        ] as const
      }),
    )
    await Promise.all(
      all.flatMap(({ who }, index) =>
        (pages[index] ?? []).map(async (page) => who.submit(page, 'take', { to: 'none' })),
      ),
    )
    const { users: left } = await users.list({ isSuperuser: true, isActive: true })
    assert.ok(left.length >= 1, 'nobody is left')
  })
})

describe('settings in the console', () => {
  it('are shown with value, default and where they come from, and secrets are not', async () => {
    const secret = 'c2VjcmV0IHRoYXQgbm9ib2R5IG1heSBzZWUgYW55d2hlcmU='
    await using at = await openConsole({ settings: { secret, realm: 'House of Ada' } })
    const { text } = await at.staff.get('/admin/settings/')
    assert.ok(!text.includes(secret))
    assert.match(text, /set, not shown/)
    assert.match(text, /House of Ada/)
    assert.match(text, /configuration file/)
    const changed = await at.staff.get('/admin/settings/?show=changed')
    assert.match(changed.text, /id="realm"/)
    assert.doesNotMatch(changed.text, /id="tokenPrefix"/)
  })

  it('tell what the server sees of whoever looks: a forwarded address counts only from a trusted proxy', async () => {
    for (const [trustedProxies, address] of [
      [[], '127.0.0.1'],
      [['127.0.0.1'], '203.0.113.9'],
    ] as const) {
      await using at = await openConsole({ settings: { trustedProxies } })
      const cookie = [...at.staff.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { cookie, accept: 'text/html', 'x-forwarded-for': '203.0.113.9' }
      const text = await (await fetch(`${at.base}/admin/settings/`, { headers })).text()
      assert.match(text, new RegExp(`So your address is</dt>\\s*<dd>\\s*${address.replaceAll('.', '\\.')}`))
    }
  })
})

describe('throttles in the console', () => {
  it('are shown with their rates, and one bucket is filled up again', async () => {
    await using at = await openConsole({ settings: { guessesPerAccountAndAddress: '2/15m' } })
    const stranger = person(at.base)
    for (let tries = 0; tries < 3; tries += 1) await stranger.signIn('ada', 'wrong')
    const page = await at.staff.get('/admin/throttles/')
    assert.match(page.text, /2\/15m/)
    const keys = [...page.text.matchAll(/<code[^>]*>(guess\.[^<]+)<\/code>/g)].map(([, key]) => key ?? '')
    const pair = keys.find((key) => key.startsWith('guess.pair:')) ?? assert.fail('no bucket of the account')
    assert.match((await at.staff.get('/admin/throttles/?prefix=guess.pair')).text, /guess\.pair:/)
    const reset = await at.staff.submit(page, 'reset', { key: pair })
    assert.match(reset.text, /The bucket is full again/)
    assert.doesNotMatch((await at.staff.get('/admin/throttles/')).text, new RegExp(pair.replaceAll(/[.+]/g, '\\$&')))
    for (const key of ['', 'x'.repeat(300)]) assert.equal((await at.staff.submit(page, 'reset', { key })).status, 400)
    const log = await at.staff.get('/admin/audit/?event=throttle.reset')
    assert.match(log.text, /throttle\.reset/)
  })

  it('let a user who was shut out try again at once', async () => {
    await using at = await openConsole({ settings: { guessesPerAccountAndAddress: '2/15m' } })
    const profile = await at.staff.get(`/admin/users/${at.ada.id}/`)
    assert.match((await at.staff.submit(profile, 'unlock')).text, /Wrong passwords are forgotten/)
  })
})

describe('the health page', () => {
  it('names what the server needs and how it is', async () => {
    await using at = await openConsole()
    const { text } = await at.staff.get('/admin/health/')
    for (const word of ['Database', 'Schema', 'Signing keys', 'Revocations', 'Mail', 'audit_events', 'This one'])
      assert.ok(text.includes(word), word)
  })
})

describe('the overview', () => {
  it('ticks off what is done, and leaves the list out once all is', async () => {
    await using at = await openConsole()
    const before = await at.staff.get('/admin/')
    assert.match(before.text, /Make a second superuser/)
    assert.match(before.text, /Sign-ins in browsers/)
    await at.doorward.users.create({ username: 'second', isStaff: true, isSuperuser: true })
    assert.match((await at.staff.get('/admin/')).text, /Done<\/span>\s*Make a second superuser/)
    const ada = await at.signedIn(at.ada)
    assert.equal((await ada.get('/admin/')).status, 403)
  })

  it('warns of a server that is older than the schema of its database (A2)', async () => {
    await using at = await openConsole()
    assert.doesNotMatch((await at.staff.get('/admin/')).text, /Version:/)
    await at.doorward.instance.database.write(async (unit) =>
      unit
        .insertInto('doorward_migrations' as never)
        .values({ name: '9999-of-tomorrow', timestamp: '2030-01-01T00:00:00.000Z' } as never)
        .execute(),
    )
    const { text } = await at.staff.get('/admin/')
    assert.match(
      text,
      /<a href="\/admin\/health\/">Version: a newer release has changed the schema \(9999-of-tomorrow\)/,
    )
  })

  it('has a step for a signing key that has signed for too long (A2)', async () => {
    await using at = await openConsole()
    assert.match((await at.staff.get('/admin/')).text, /Done<\/span>\s*Keep the signing key fresh/)
    const old = Date.now() - 400 * 86_400_000
    await at.doorward.instance.database.write(async (unit) =>
      unit.updateTable('signing_keys').set({ signs_from: old }).execute(),
    )
    await at.doorward.instance.signingKeys.reload()
    assert.match((await at.staff.get('/admin/')).text, /<a href="\/admin\/signing-keys\/">Keep the signing key fresh/)
  })
})

describe('a user of the console who has to choose another password', () => {
  it('is signed out everywhere, and a link to set one is mailed (AD06)', async () => {
    await using at = await openConsole()
    const ada = await at.signedIn(at.ada)
    const profile = await at.staff.get(`/admin/users/${at.ada.id}/`)
    assert.match(
      (await at.staff.submit(profile, 'send-reset')).text,
      /A link to set a password is on its way to ada@example\.org/,
    )
    assert.match((await at.staff.submit(profile, 'require-password')).text, /have to choose another password/)
    assert.match((await ada.get('/account/devices/')).path, /^\/accounts\/login\//)
    await at.doorward.instance.users.disable(at.ada.id)
    const refused = await at.staff.submit(profile, 'send-reset')
    assert.equal(refused.status, 409)
  })
})
