import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSite, providerAt, type Site, type Visited, type Visitor, visitor, whoIs } from './social.contract.ts'
import { type StandIn, startStandIn } from './stand-in.contract.ts'

async function open(more: Readonly<Record<string, unknown>> = {}): Promise<{ site: Site; acme: StandIn }> {
  const acme = await startStandIn()
  const site = await openSite({ settings: { signInProviders: [providerAt(acme, more)], signInStartsPerAddress: null } })
  acme.clock = () => site.time.now
  return { site, acme }
}

async function linksOf({ instance }: Site, userId: string): Promise<readonly string[]> {
  return (await instance.social.linked.list(userId)).map(({ provider, subject }) => `${provider} ${subject}`)
}

/** Presses the button, and gives the page that came of it. */
async function come(site: Site, who: Visitor = visitor(), query = '?fresh=1'): Promise<Visited> {
  return who.continueWith(site, 'acme', query)
}

describe('somebody who comes from a provider', () => {
  it('is known by provider and sub alone: by another sub with the same address, name and login they are nobody [RP05 B-SOC-05]', async () => {
    const { site, acme } = await open()
    const first = visitor()
    await come(site, first)
    const ada = await whoIs(site, first)
    acme.person = { ...acme.person, sub: 'person-2', preferred_username: 'ada' }
    const second = visitor()
    const page = await come(site, second)
    assert.equal(page.status, 400)
    assert.match(page.text, /You have an account already/)
    assert.equal(await whoIs(site, second), null)
    assert.deepEqual(await linksOf(site, ada ?? ''), ['acme person-1'])
  })

  it('stays who they are when they change address, name and login there, and their account here keeps its own [RP05 B-SOC-05]', async () => {
    const { site, acme } = await open()
    const who = visitor()
    await come(site, who)
    const id = await whoIs(site, who)
    acme.person = { sub: 'person-1', email: 'countess@example.org', email_verified: true, name: 'Countess' }
    const again = visitor()
    await come(site, again)
    assert.equal(await whoIs(site, again), id)
    assert.equal((await site.instance.users.find(id ?? ''))?.email, 'ada@example.org')
    const [link] = await site.instance.social.linked.list(id ?? '')
    assert.deepEqual([link?.email, link?.name], ['countess@example.org', 'Countess'])
  })

  it('is nobody where the provider is pointed at another issuer, whose subs are its own [RP05]', async () => {
    const { site, acme } = await open()
    const who = visitor()
    await come(site, who)
    const [link] = await site.instance.social.linked.list((await whoIs(site, who)) ?? '')
    const key = { provider: 'acme', issuer: acme.issuer, subject: link?.subject ?? '' }
    assert.notEqual(await site.instance.social.linked.find(key), null)
    assert.equal(await site.instance.social.linked.find({ ...key, issuer: 'https://elsewhere.example' }), null)
    assert.equal(await site.instance.social.linked.find({ ...key, provider: 'other' }), null)
  })

  it('with an address that is not verified there gets an account without it, and takes nobody’s place [RP06 B-SOC-06]', async () => {
    for (const verified of [false, undefined, 'true', 1, null]) {
      const { site, acme } = await open()
      const { id } = await site.addUser({ username: 'ada', email: 'ada@example.org', emailVerified: true })
      acme.person = { ...acme.person, email_verified: verified, preferred_username: 'ada' }
      const who = visitor()
      await come(site, who)
      const mine = await whoIs(site, who)
      assert.notEqual(mine, id)
      const user = await site.instance.users.find(mine ?? '')
      assert.equal(user?.email, null)
      assert.match(user.username, /^ada-[0-9a-z]{6}$/)
    }
  })

  it('whose address is that of an account here is told so, and nothing is merged [RP06 B-SOC-06 B-SOC-14]', async () => {
    const { site } = await open()
    const { id } = await site.addUser({ username: 'ada', email: 'ADA@example.org', emailVerified: true })
    const who = visitor()
    const page = await come(site, who)
    assert.equal(page.status, 400)
    assert.match(page.text, /You have an account already/)
    assert.equal(await whoIs(site, who), null)
    assert.deepEqual(await linksOf(site, id), [])
    assert.equal(await site.count('users'), 1)
  })

  it('may link the two after signing in to the account here, and not before [RP06 B-SOC-07]', async () => {
    const { site, acme } = await open()
    const { id } = await site.addUser({ username: 'ada', email: 'ada@example.org', emailVerified: true })
    const who = visitor()
    const clash = await come(site, who, '?next=/api/sign-in-providers/')
    const way = /href="([^"]*)" id="go-on"/.exec(clash.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const signIn = await who.get(site.base + way)
    assert.match(signIn.text, /value="ada@example.org"/)
    const asked = await who.submit(signIn, 'sign-in', { username: 'ada', password: 'kfwzqpxmvj' })
    assert.equal(asked.url.pathname, '/accounts/social/link/')
    assert.match(asked.text, /Link with Acme\?/)
    assert.deepEqual(await linksOf(site, id), [])
    const done = await who.submit(asked, 'link', { decision: 'yes' })
    assert.equal(done.url.pathname, '/api/sign-in-providers/')
    assert.deepEqual(await linksOf(site, id), [`acme ${String(acme.person['sub'])}`])
    const [event] = await site.events('linked_account.created')
    assert.equal(event?.actor, `user:${id}`)
    assert.match(event.detail, /"reason":"confirmed"/)
    const again = visitor()
    await come(site, again)
    assert.equal(await whoIs(site, again), id)
  })

  it('is not linked by somebody else’s sign-in, one from before, in another browser, without the token, or after saying no [RP06 B-SOC-07]', async () => {
    const { site } = await open()
    const { id } = await site.addUser({ username: 'ada', email: 'ada@example.org', emailVerified: true })
    await site.addUser({ username: 'eve' })
    const link = `${site.base}/accounts/social/link/`

    const signedInBefore = visitor()
    await signedInBefore.signIn(site, 'ada')
    site.time.now += 1000
    await come(site, signedInBefore)
    assert.equal((await signedInBefore.get(link)).url.pathname, '/accounts/login/', 'the proof has to come after')
    const bare = await signedInBefore.post(link, { decision: 'yes' })
    assert.equal(bare.url.pathname, '/accounts/login/')

    const other = visitor()
    await come(site, other)
    await other.signIn(site, 'eve')
    assert.equal((await other.get(link)).url.pathname, '/accounts/login/', 'another person')

    const elsewhere = visitor()
    await elsewhere.signIn(site, 'ada')
    const nothing = await elsewhere.get(link)
    assert.equal(nothing.status, 400)
    assert.match(nothing.text, /There is nothing to link/)

    const who = visitor()
    await come(site, who)
    site.time.now += 1000
    await who.signIn(site, 'ada')
    assert.equal((await who.post(link, { decision: 'yes' })).status, 403, 'without the token')
    const asked = await who.get(link)
    await who.submit(asked, 'link', { decision: 'no' })
    assert.equal((await who.get(link)).status, 400)
    assert.deepEqual(await linksOf(site, id), [])

    const late = visitor()
    await come(site, late)
    site.time.now += 900_001
    await late.signIn(site, 'ada')
    assert.equal((await late.get(link)).status, 400, 'too late')
  })

  it('is linked by the address alone only where the provider is trusted and both sides are verified [RP06 B-SOC-06]', async () => {
    for (const [linkByEmail, there, here, isLinked] of [
      [true, true, true, true],
      [true, true, false, false],
      [true, false, true, false],
      [false, true, true, false],
    ] as const) {
      const { site, acme } = await open({ linkByEmail })
      const { id } = await site.addUser({ username: 'ada', email: 'ada@example.org', emailVerified: here })
      acme.person = { ...acme.person, email_verified: there }
      const who = visitor()
      await come(site, who)
      assert.equal((await whoIs(site, who)) === id, isLinked, `${linkByEmail} ${there} ${here}`)
      assert.deepEqual(await linksOf(site, id), isLinked ? ['acme person-1'] : [])
      const events = await site.events('linked_account.created')
      if (isLinked) assert.match(events[0]?.detail ?? '', /"reason":"trusted_address"/)
    }
  })

  it('of a provider whose addresses all count as verified is believed without its word [RP06]', async () => {
    const { site, acme } = await open({ emailsAreVerified: true })
    acme.person = { sub: 'person-1', email: 'ada@example.org' }
    const who = visitor()
    await come(site, who)
    const user = await site.instance.users.find((await whoIs(site, who)) ?? '')
    assert.deepEqual([user?.email, user?.emailVerified], ['ada@example.org', true])
  })

  it('takes the address and the word on it from one place: what UserInfo says of another address counts for nothing [RP06]', async () => {
    const { site, acme } = await open({ rules: [{ claim: 'groups', value: 'x', groups: ['x'] }] })
    acme.person = { sub: 'person-1', email: 'victim@example.org' }
    acme.userInfo = { sub: 'person-1', email: 'own@example.org', email_verified: true }
    const who = visitor()
    await come(site, who)
    assert.equal((await site.instance.users.find((await whoIs(site, who)) ?? ''))?.email, null)
    // Nor the other way round.
    for (const userInfo of [{ email_verified: false }, {}]) {
      acme.person = { sub: 'person-2', email_verified: true }
      acme.userInfo = { sub: 'person-2', email: 'victim@example.org', ...userInfo }
      const other = visitor()
      await come(site, other)
      assert.equal((await site.instance.users.find((await whoIs(site, other)) ?? ''))?.email, null)
    }
  })

  it('may have the address at UserInfo, of the same sub alone (OpenID Connect Core 1.0, section 5.3.2) [RP05]', async () => {
    const { site, acme } = await open()
    acme.person = { sub: 'person-1' }
    acme.userInfo = { sub: 'person-2', email: 'ada@example.org', email_verified: true }
    const foreign = visitor()
    assert.equal((await come(site, foreign)).status, 400)
    assert.equal(await whoIs(site, foreign), null)
    acme.userInfo = { sub: 'person-1', email: 'ada@example.org', email_verified: true }
    const who = visitor()
    await come(site, who)
    assert.equal((await site.instance.users.find((await whoIs(site, who)) ?? ''))?.email, 'ada@example.org')
  })

  it('gets no account where signing up is closed, or is switched off for the provider [B-SOC-09]', async () => {
    for (const [createAccounts, signUp, isLetIn] of [
      [null, 'off', false],
      [false, 'open', false],
      [null, 'open', true],
      [true, 'off', true],
    ] as const) {
      const acme = await startStandIn()
      const site = await openSite({
        settings: { signInProviders: [providerAt(acme, { createAccounts })], signUp },
      })
      const who = visitor()
      const page = await come(site, who)
      assert.equal(await site.count('users'), isLetIn ? 1 : 0)
      if (isLetIn) continue
      assert.equal(page.status, 403)
      assert.match(page.text, /signing up is closed/)
    }
  })

  it('is let in only where one of the conditions holds', async () => {
    const { site, acme } = await open({ allow: [{ claim: 'hd', value: 'example.org' }] })
    const who = visitor()
    assert.equal((await come(site, who)).status, 403)
    acme.person = { ...acme.person, hd: 'example.org.evil.example' }
    assert.equal((await come(site, who)).status, 403)
    acme.person = { ...acme.person, hd: 'example.org' }
    await come(site, who)
    assert.notEqual(await whoIs(site, who), null)
  })

  it('whose account is disabled does not get in, and nothing more is said', async () => {
    const { site } = await open()
    const who = visitor()
    await come(site, who)
    await site.instance.users.disable((await whoIs(site, who)) ?? '')
    const again = visitor()
    const page = await come(site, again)
    assert.equal(page.status, 401)
    assert.equal(await whoIs(site, again), null)
  })

  it('gets a session that says how they came, and a new one each time', async () => {
    const { site } = await open()
    const who = visitor()
    await come(site, who)
    const value = who.cookies(site.base).get('sessionid') ?? ''
    const found = await site.instance.sessions.find(value)
    assert.deepEqual(found?.auth.amr, ['fed'])
    await come(site, who)
    assert.notEqual(who.cookies(site.base).get('sessionid'), value)
    assert.equal(await site.instance.sessions.find(value), null)
  })

  it('twice at once for the first time is one account', async () => {
    const { site } = await open()
    const people = Array.from({ length: 10 }, () => visitor())
    await Promise.all(people.map(async (who) => come(site, who)))
    const ids = await Promise.all(people.map(async (who) => whoIs(site, who)))
    assert.equal(new Set(ids).size, 1)
    assert.notEqual(ids[0], null)
    assert.deepEqual([await site.count('users'), await site.count('linked_accounts')], [1, 1])
  })
})

describe('what a provider says', () => {
  it('makes members and staff by the rules, and unmakes them; other groups are left alone', async () => {
    const rules = [
      { claim: 'groups', value: 'eng', groups: ['Engineers', 'Everyone'] },
      { claim: 'realm.roles', value: 'all', groups: ['Everyone'] },
      { claim: 'groups', value: 'ops', groups: ['Not there'], staff: true },
    ]
    const { site, acme } = await open({ rules })
    const { groups, users } = site.instance
    for (const name of ['Engineers', 'Everyone', 'Own']) await groups.create({ name })
    acme.person = { ...acme.person, groups: ['eng', 'ops'], realm: { roles: ['all'] } }
    const who = visitor()
    await come(site, who)
    const id = (await whoIs(site, who)) ?? ''
    const names = async (): Promise<readonly string[]> => (await groups.of(id)).map(({ name }) => name)
    assert.deepEqual(await names(), ['Engineers', 'Everyone'])
    assert.equal((await users.find(id))?.isStaff, true)
    const own = (await groups.list()).find(({ name }) => name === 'Own')
    await groups.add(own?.id ?? '', id)
    acme.person = { ...acme.person, groups: 'eng2', realm: { roles: 'all' } }
    await come(site, who)
    assert.deepEqual(await names(), ['Everyone', 'Own'])
    assert.equal((await users.find(id))?.isStaff, false)
    assert.equal((await users.find(id))?.isSuperuser, false)
    const [event] = await site.events('group.member_added')
    assert.equal(event?.actor, 'provider:acme')
  })

  it('is kept of its tokens only where that is switched on, and sealed [B-SOC-11]', async () => {
    for (const storeTokens of [false, true]) {
      const { site } = await open({ storeTokens })
      const who = visitor()
      await come(site, who)
      const id = (await whoIs(site, who)) ?? ''
      const kept = await site.instance.social.tokens.of(id, 'acme')
      const row = await site.instance.database.read.selectFrom('linked_accounts').selectAll().executeTakeFirstOrThrow()
      if (!storeTokens) {
        assert.deepEqual([kept, row.tokens], [null, null])
        continue
      }
      assert.match(kept?.accessToken ?? '', /^access-/)
      assert.match(kept?.refreshToken ?? '', /^refresh-/)
      assert.equal(
        Buffer.from(row.tokens ?? [])
          .toString('latin1')
          .includes(kept?.accessToken ?? '?'),
        false,
      )
    }
  })

  it('counts as a second factor where it is trusted for that, and says so', async () => {
    const { site, acme } = await open({ trustSecondFactor: true })
    const amr = async (): Promise<readonly string[] | undefined> => {
      const who = visitor()
      await come(site, who)
      return (await site.instance.sessions.find(who.cookies(site.base).get('sessionid') ?? ''))?.auth.amr
    }
    assert.deepEqual(await amr(), ['fed'])
    acme.person = { ...acme.person, amr: ['pwd', 'mfa'] }
    assert.deepEqual(await amr(), ['fed', 'mfa'])
    acme.person = { ...acme.person, amr: 'mfa' }
    assert.deepEqual(await amr(), ['fed'], 'a text is no list')
  })
})

describe('an address of a provider’s domain', () => {
  it('leads to the provider from the sign-in page, with the address, and whatever was typed as password goes nowhere', async () => {
    const { site, acme } = await open({ domains: ['Example.org'] })
    const who = visitor()
    const page = await who.get(`${site.base}/accounts/login/?next=/api/sign-in-providers/`)
    assert.match(page.text, /your address is enough/)
    assert.doesNotMatch(page.text, /id="id_password"[^>]*required/)
    const done = await who.submit(page, 'sign-in', { username: ' ada@EXAMPLE.org ', password: 'whatever' })
    assert.equal(done.url.pathname, '/api/sign-in-providers/')
    assert.notEqual(await whoIs(site, who), null)
    assert.equal(acme.asked[0]?.get('login_hint'), 'ada@EXAMPLE.org')
    assert.equal((await site.events('password.failed')).length, 0)
    const other = visitor()
    const shown = await other.get(`${site.base}/accounts/login/`)
    const missing = await other.submit(shown, 'sign-in', { username: 'ada@sub.example.org', password: '' })
    assert.match(missing.text, /Enter your password/)
  })
})
