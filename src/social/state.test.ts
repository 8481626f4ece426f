import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSite, providerAt, type Site, type Visited, type Visitor, visitor, whoIs } from './social.contract.ts'
import { type StandIn, startStandIn } from './stand-in.contract.ts'

const over = /begun in another browser, is over, or is too old/

/** A site with two providers, acme and other. */
async function open(): Promise<{ site: Site; acme: StandIn; other: StandIn }> {
  const [acme, other] = [await startStandIn(), await startStandIn()]
  const signInProviders = [providerAt(acme), providerAt(other, { id: 'other', name: 'Other' })]
  return { site: await openSite({ settings: { signInProviders } }), acme, other }
}

/** Goes to the provider and back, but for the last step: gives the address that the provider led to. */
async function almostBack(site: Site, who: Visitor, provider = 'acme'): Promise<URL> {
  who.stopAt = `${site.base}/accounts/social/${provider}/callback/`
  const { url } = await who.continueWith(site, provider)
  who.stopAt = null
  return url
}

async function refused(site: Site, who: Visitor, page: Visited, reason: RegExp = over): Promise<void> {
  assert.equal(page.status, 400)
  assert.match(page.text, /provider_refused/)
  assert.match(page.text, reason)
  assert.equal(await whoIs(site, who), null)
}

describe('a sign-in that comes back', () => {
  it('needs a state: missing, wrong, sent twice or of nothing, it makes no session, and the provider is asked nothing [RP01 B-SOC-01 B-SOC-13]', async () => {
    const { site, acme } = await open()
    const who = visitor()
    const back = await almostBack(site, who)
    const { state = '' } = Object.fromEntries(back.searchParams)
    const without = new URL(back)
    without.searchParams.delete('state')
    const wrong = new URL(back)
    wrong.searchParams.set('state', `${state.slice(0, -1)}${state.endsWith('a') ? 'b' : 'a'}`)
    const twice = new URL(`${back.href}&state=${state}`)
    const bare = new URL(back)
    bare.search = ''
    for (const url of [without, wrong, twice, bare]) await refused(site, who, await who.get(url.href))
    assert.equal(acme.traded.length, 0)
    await who.get(back.href)
    assert.notEqual(await whoIs(site, who), null, 'the right one is good still')
  })

  it('is used up by coming back, whatever came of it [RP01 B-SOC-01]', async () => {
    const { site } = await open()
    const who = visitor()
    const back = await almostBack(site, who)
    await who.get(back.href)
    await who.get(`${site.base}/accounts/logout/`)
    const again = visitor()
    again.cookies(site.base).set('provider_sign_in', who.cookies(site.base).get('provider_sign_in') ?? '')
    await refused(site, again, await again.get(back.href))

    const failing = await almostBack(site, again)
    const spoilt = new URL(failing)
    spoilt.searchParams.set('code', 'made up')
    await refused(site, again, await again.get(spoilt.href), /could not be completed/)
    await refused(site, again, await again.get(failing.href))
  })

  it('belongs to the browser that began it: in another one it makes no session [RP01 RP02 B-SOC-01]', async () => {
    const { site, acme } = await open()
    const [attacker, victim] = [visitor(), visitor()]
    const back = await almostBack(site, attacker)
    await refused(site, victim, await victim.get(back.href))
    await almostBack(site, victim)
    await refused(site, victim, await victim.get(back.href))
    victim.cookies(site.base).set('provider_sign_in', 'x'.repeat(43))
    await refused(site, victim, await victim.get(back.href))
    assert.equal(acme.traded.length, 0)
  })

  it('belongs to the provider that it went to: at another one it is refused, and no code goes there [RP02]', async () => {
    const { site, acme, other } = await open()
    const who = visitor()
    const back = await almostBack(site, who)
    const moved = new URL(back)
    moved.pathname = '/accounts/social/other/callback/'
    await refused(site, who, await who.get(moved.href))
    assert.deepEqual([acme.traded.length, other.traded.length], [0, 0])
  })

  it('names its issuer: another one is refused, and so is none where the provider promises it (RFC 9207, section 2.4) [RP02]', async () => {
    const { site, acme, other } = await open()
    for (const change of [
      (sent: URLSearchParams) => sent.set('iss', other.issuer),
      (sent: URLSearchParams) => sent.delete('iss'),
      (sent: URLSearchParams) => sent.append('iss', other.issuer),
    ]) {
      acme.answer = change
      const who = visitor()
      await refused(site, who, await who.continueWith(site, 'acme'), /could not be completed/)
    }
    assert.equal(acme.traded.length, 0)
    other.metadata = { authorization_response_iss_parameter_supported: false }
    other.answer = (sent) => sent.delete('iss')
    const who = visitor()
    await who.continueWith(site, 'other')
    assert.notEqual(await whoIs(site, who), null)
  })

  it('fifty times at once makes one session, and the code goes out once [RP01 B-SOC-01]', async () => {
    const { site, acme } = await open()
    const who = visitor()
    const back = await almostBack(site, who)
    const pages = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const cookie = `provider_sign_in=${who.cookies(site.base).get('provider_sign_in')}`
        return fetch(back, { redirect: 'manual', headers: { cookie } })
      }),
    )
    assert.deepEqual(
      pages.map(({ status }) => status).toSorted((a, b) => a - b),
      [303, ...Array.from({ length: 49 }, () => 400)],
    )
    assert.deepEqual([acme.traded.length, await site.count('sessions')], [1, 1])
  })

  it('has a time limit of fifteen minutes [RP01]', async () => {
    const { site, acme } = await open()
    acme.clock = () => site.time.now
    const who = visitor()
    const early = await almostBack(site, who)
    site.time.now += 899_000
    await who.get(early.href)
    assert.notEqual(await whoIs(site, who), null)
    const late = visitor()
    const back = await almostBack(site, late)
    site.time.now += 900_000
    await refused(site, late, await late.get(back.href))
  })

  it('without a code, with an error, or called off says so, on a page that leads back [B-SOC-12 B-SOC-13]', async () => {
    const { site, acme } = await open()
    const failing = async (change: (sent: URLSearchParams) => void, reason: RegExp): Promise<void> => {
      acme.answer = change
      const who = visitor()
      const page = await who.continueWith(site, 'acme')
      await refused(site, who, page, reason)
      assert.match(page.text, /href="\/accounts\/login\/"/)
      assert.doesNotMatch(page.text, /very secret detail/)
    }
    await failing((sent) => sent.delete('code'), /could not be completed/)
    await failing((sent) => {
      sent.delete('code')
      sent.set('error', 'access_denied')
    }, /was called off/)
    await failing((sent) => {
      sent.delete('code')
      sent.set('error', 'server_error')
      sent.set('error_description', 'very secret detail')
    }, /could not be completed/)
  })

  it('goes with a state, a nonce and a challenge (S256) of its own, each of them long [RP02 B-SOC-01]', async () => {
    const { site, acme } = await open()
    const who = visitor()
    await who.continueWith(site, 'acme', '?fresh=1')
    await who.continueWith(site, 'acme', '?fresh=1')
    const [first, second] = acme.asked
    for (const name of ['state', 'nonce', 'code_challenge']) {
      assert.notEqual(first?.get(name), second?.get(name), name)
      assert.ok((first?.get(name) ?? '').length >= 43, name)
    }
    assert.equal(first?.get('code_challenge_method'), 'S256')
    assert.equal(first?.get('response_type'), 'code')
    assert.equal(first?.get('redirect_uri'), `${site.base}/accounts/social/acme/callback/`)
  })
})

describe('beginning a sign-in', () => {
  it('needs a POST with the token of a page of this site [B-SOC-02]', async () => {
    const { site, acme } = await open()
    const who = visitor()
    const start = `${site.base}/accounts/social/acme/`
    const shown = await who.get(start)
    assert.equal(shown.status, 200)
    assert.match(shown.text, /Continue with Acme/)
    assert.equal(shown.headers.get('refresh'), null)
    const bare = await who.post(start, {})
    assert.equal(bare.status, 403)
    const elsewhere = await who.post(start, {}, { origin: 'https://evil.example' })
    assert.equal(elsewhere.status, 403)
    assert.match(elsewhere.text, /csrf_failed/)
    assert.equal(acme.asked.length, 0)
    assert.equal(await site.count('provider_sign_ins'), 0)
    await who.submit(shown, 'provider-acme')
    assert.notEqual(await whoIs(site, who), null)
  })

  it('keeps five under way for a browser, and drops the oldest [B-SOC-01]', async () => {
    const { site } = await open()
    const who = visitor()
    const backs: URL[] = []
    for (let tries = 0; tries < 7; tries += 1) backs.push(await almostBack(site, who))
    assert.equal(await site.count('provider_sign_ins'), 5)
    await almostBack(site, visitor())
    assert.equal(await site.count('provider_sign_ins'), 6, 'those of another browser are its own')
    await refused(site, who, await who.get(backs[0]?.href ?? ''))
    await refused(site, who, await who.get(backs[1]?.href ?? ''))
    await who.get(backs[2]?.href ?? '')
    assert.notEqual(await whoIs(site, who), null)
  })

  it('is held back where one address begins too many', async () => {
    const acme = await startStandIn()
    const settings = { signInProviders: [providerAt(acme)], signInStartsPerAddress: '2/min' }
    const site = await openSite({ settings })
    const who = visitor()
    await who.continueWith(site, 'acme', '?fresh=1')
    await who.continueWith(site, 'acme', '?fresh=1')
    const page = await who.continueWith(site, 'acme', '?fresh=1')
    assert.equal(page.status, 429)
    assert.equal(acme.asked.length, 2)
  })

  it('leads to no other site in the end, whatever next says', async () => {
    const { site } = await open()
    const who = visitor()
    for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example']) {
      const page = await who.continueWith(site, 'acme', `?fresh=1&next=${encodeURIComponent(next)}`)
      assert.equal(page.url.origin, site.base)
    }
  })

  it('keeps only digests and what nobody can open of it [B-SOC-01]', async () => {
    const { site, acme } = await open()
    const who = visitor()
    const back = await almostBack(site, who)
    const row = await site.instance.database.read.selectFrom('provider_sign_ins').selectAll().executeTakeFirstOrThrow()
    const bytes = Buffer.concat([row.digest, row.browser, row.details]).toString('latin1')
    const secrets = [
      back.searchParams.get('state'),
      acme.asked[0]?.get('nonce'),
      who.cookies(site.base).get('provider_sign_in'),
    ]
    for (const secret of secrets) assert.ok(secret && !bytes.includes(secret))
  })

  it('by a script, with JSON, is told where to go, from this site alone [B-SOC-02]', async () => {
    const { site } = await open()
    const start = `${site.base}/accounts/social/acme/`
    const send = async (headers: Record<string, string>): Promise<Response> =>
      fetch(start, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"next":"/x/"}',
      })
    const good = await send({ origin: site.base })
    const { location } = (await good.json()) as { location: string }
    assert.match(location, /\/authorize\?.*state=/)
    assert.match(
      good.headers.getSetCookie()[0] ?? '',
      /^provider_sign_in=[0-9A-Za-z]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    assert.equal((await send({ origin: 'https://evil.example' })).status, 403)
    assert.equal((await send({ 'sec-fetch-site': 'cross-site' })).status, 403)
  })
})
