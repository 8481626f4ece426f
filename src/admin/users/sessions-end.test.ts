import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adminStage } from '../admin-api.contract.ts'
import { type Console, openConsole } from '../console.contract.ts'

/** A session of somebody, from somewhere. */
async function begin(at: Console, userId: string, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const { id } = await at.doorward.instance.sessions.create({ userId, address: '203.0.113.9', ...more })
  return id
}

async function isThere({ doorward }: Pick<Console, 'doorward'>, id: string): Promise<boolean> {
  return (await doorward.instance.lists.sessions.read(id)) !== null
}

describe('all sessions that a filter finds', () => {
  it('are found by user, network, time, way to sign in, factors and application', async () => {
    await using at = await openConsole()
    const { staff, ada } = at
    await begin(at, ada.id, { userAgent: 'near' })
    await begin(at, ada.id, { address: '198.51.100.7', amr: ['hwk', 'mfa'], userAgent: 'far' })
    await begin(at, ada.id, { address: null, amr: ['pwd', 'otp', 'mfa'], authenticatedAt: Date.now() - 3_600_000 })
    const found = async (query: string): Promise<number> => {
      const { status, text } = await staff.get(`/admin/sessions/?user=ada&${query}`)
      assert.equal(status, 200, query)
      return text.match(/<th scope="row"/g)?.length ?? 0
    }
    assert.equal(await found(''), 3)
    assert.equal(await found('network=203.0.113.0%2F24'), 1)
    assert.equal(await found('network=198.51.100.7'), 1)
    assert.equal(await found('network=%3A%3A%2F0'), 0)
    const now = new Date(Date.now() - 60_000).toISOString().slice(0, 16)
    assert.equal(await found(`started=${now}`), 1)
    assert.equal(await found(`seen=${now}`), 0)
    assert.equal(await found('way=passkey'), 1)
    assert.equal(await found('way=password'), 2)
    assert.equal(await found('factor=one'), 1)
    assert.equal(await found('client=nothing'), 0)
  })

  it('are not taken for all of them where a filter cannot be read', async () => {
    await using at = await openConsole()
    const there = await begin(at, at.ada.id)
    for (const query of [
      'network=203.0.113',
      'network=x',
      'started=yesterday',
      'seen=1',
      'way=constructor',
      'factor=two',
    ]) {
      const { status, text } = await at.staff.get(`/admin/sessions/?${query}`)
      assert.equal(status, 400, query)
      assert.doesNotMatch(text, /<th scope="row"/, query)
      assert.equal((await at.staff.get(`/admin/sessions/end/?${query}`)).status, 400, query)
    }
    const page = await at.staff.get('/admin/sessions/end/')
    const [, proof = ''] = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(page.text) ?? []
    const fields = { csrfmiddlewaretoken: proof, action: 'end', shown: '1', typed: '1' }
    assert.equal((await at.staff.post('/admin/sessions/end/?network=x', fields)).status, 400)
    assert.equal(await isThere(at, there), true)
  })

  it('end after their number was typed, and the one that it is done with stays (servers and ux, A18)', async () => {
    await using at = await openConsole()
    const { root, ada } = at
    const [near, also, far] = [
      await begin(at, ada.id),
      await begin(at, ada.id),
      await begin(at, ada.id, { address: '198.51.100.7' }),
    ]
    const asked = await root.get('/admin/sessions/end/?network=203.0.113.0%2F24')
    assert.match(asked.text, /End 2 sessions\?/)
    assert.match(asked.text, /2 sessions of 1 user/)
    for (const typed of ['', '1', '3', 'two', 'ada']) {
      const again = await root.submit(asked, 'end', { typed })
      assert.equal(again.status, 200)
      assert.match(again.text, /Type the number as it stands here/)
    }
    assert.equal(await isThere(at, near), true)
    const done = await root.submit(asked, 'end', { typed: '2' })
    assert.equal(done.path, '/admin/sessions/?network=203.0.113.0%2F24')
    assert.match(done.text, /2 sessions have ended\./)
    assert.deepEqual([await isThere(at, near), await isThere(at, also), await isThere(at, far)], [false, false, true])
    const { entries } = await at.doorward.instance.lists.auditLog.list({ event: 'session.filtered_ended' })
    assert.deepEqual(
      entries.map(({ subject, actor, detail }) => ({ subject, actor, detail })),
      [
        {
          subject: `user:${ada.id}`,
          actor: `user:${at.rootUser.id}`,
          detail: { count: 2, network: '203.0.113.0/24' },
        },
      ],
    )
    const all = await root.get('/admin/sessions/end/')
    assert.match(all.text, /All sessions there are/)
    const ended = await root.submit(all, 'end', { typed: String(/name="shown" value="(\d+)"/.exec(all.text)?.[1]) })
    assert.match(ended.text, /sessions have ended\./)
    assert.equal((await at.staff.get('/admin/')).path.startsWith('/accounts/login/'), true)
    const own = await root.get('/admin/sessions/end/')
    const out = await root.submit(own, 'end', { typed: '0', own: 'on' })
    assert.equal(out.path, '/accounts/login/')
    assert.equal((await root.get('/admin/')).path.startsWith('/accounts/login/'), true)
  })

  it('do not end where more have begun since the page was shown, and the page says so', async () => {
    await using at = await openConsole()
    const first = await begin(at, at.ada.id)
    const asked = await at.root.get('/admin/sessions/end/?user=ada')
    const second = await begin(at, at.ada.id)
    const again = await at.root.submit(asked, 'end', { typed: '1' })
    assert.match(again.text, /There are 2 now, and not 1 any more/)
    assert.deepEqual([await isThere(at, first), await isThere(at, second)], [true, true])
    assert.match((await at.root.submit(again, 'end', { typed: '2' })).text, /2 sessions have ended\./)
    assert.deepEqual([await isThere(at, first), await isThere(at, second)], [false, false])
  })

  it('end where some had ended by themselves, since nothing ends that was not counted', async () => {
    await using at = await openConsole()
    const first = await begin(at, at.ada.id)
    const second = await begin(at, at.ada.id)
    const asked = await at.root.get('/admin/sessions/end/?user=ada')
    await at.doorward.instance.sessions.end(first)
    assert.match((await at.root.submit(asked, 'end', { typed: '2' })).text, /One session has ended\./)
    assert.equal(await isThere(at, second), false)
  })

  it('of administrators are ended by superusers alone [B-ACC-21]', async () => {
    await using at = await openConsole()
    const ofRoot = await begin(at, at.rootUser.id)
    const ofAda = await begin(at, at.ada.id)
    const ofStaff = await begin(at, at.staffUser.id)
    const asked = await at.staff.get('/admin/sessions/end/?network=203.0.113.9')
    assert.match(asked.text, /End 2 sessions\?/)
    assert.match(asked.text, /1 of administrators match as well, and go on/)
    await at.staff.submit(asked, 'end', { typed: '2' })
    assert.deepEqual(
      [await isThere(at, ofRoot), await isThere(at, ofAda), await isThere(at, ofStaff)],
      [true, false, false],
    )
    const nothing = await at.staff.get('/admin/sessions/end/?user=root')
    assert.match(nothing.text, /No session that you may end matches/)
  })

  it('end once where two administrators send it at once', async () => {
    await using at = await openConsole()
    for (let turn = 0; turn < 5; turn += 1) await begin(at, at.ada.id)
    const pages = await Promise.all([at.root, at.staff].map(async (who) => who.get('/admin/sessions/end/?user=ada')))
    await Promise.all(
      [at.root, at.staff].map(async (who, turn) => who.submit(pages[turn] ?? assert.fail(), 'end', { typed: '5' })),
    )
    const { entries } = await at.doorward.instance.lists.auditLog.list({ event: 'session.filtered_ended' })
    assert.equal(
      entries.reduce((sum, { detail }) => sum + Number(detail['count']), 0),
      5,
    )
  })
})

describe('POST /api/admin/sessions/end/', () => {
  it('counts with dry_run, and ends what was counted', async () => {
    await using at = await adminStage()
    const { call, superuser, user } = at
    const { sessions } = at.doorward.instance
    for (let turn = 0; turn < 3; turn += 1) await sessions.create({ userId: user.id, address: '203.0.113.9' })
    await call(superuser, 'GET', 'sessions/')
    const filter = { network: '203.0.113.0/24', way: 'password', without_second_factor: true }
    assert.deepEqual((await call(superuser, 'POST', 'sessions/end/', { ...filter, dry_run: true })).json, {
      count: 3,
      users: 1,
      left: 0,
    })
    const listed = await call(superuser, 'GET', 'sessions/?network=203.0.113.0/24&without_second_factor=true')
    assert.equal((listed.json['sessions'] as readonly unknown[]).length, 3)
    assert.equal((await call(superuser, 'POST', 'sessions/end/', { ...filter, count: 2 })).status, 409)
    assert.deepEqual((await call(superuser, 'POST', 'sessions/end/', { ...filter, count: 3 })).json, {
      count: 3,
      users: null,
      left: 0,
    })
    assert.equal((await call(superuser, 'POST', 'sessions/end/', { own: true, count: 1 })).status, 200)
    assert.equal((await call(superuser, 'GET', 'sessions/')).status, 401, 'one’s own session is over')
  })

  it('refuses what cannot be read, and ends nothing', async () => {
    await using at = await adminStage()
    const { call, superuser, user } = at
    await at.doorward.instance.sessions.create({ userId: user.id })
    for (const body of [
      {},
      { user: user.id },
      { network: 'x', count: 9 },
      { network: '10.0.0.0/33', count: 9 },
      { way: 'guess', count: 9 },
      { started_before: 'yesterday', count: 9 },
      { count: -1 },
      { count: '1' },
      { usr: user.id, count: 9 },
    ]) {
      assert.equal((await call(superuser, 'POST', 'sessions/end/', body)).status, 400, JSON.stringify(body))
    }
    assert.equal((await call(superuser, 'GET', 'sessions/?network=x')).status, 400)
    const { json } = await call(superuser, 'GET', `sessions/?user=${user.id}`)
    assert.equal((json['sessions'] as readonly unknown[]).length, 1)
  })
})
