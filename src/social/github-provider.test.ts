import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ledTo, openSite, type Site, visitor, whoIs } from './social.contract.ts'
import { type StandIn, startStandIn } from './stand-in.contract.ts'

interface GitHub {
  user: Record<string, unknown>
  emails: unknown
  scopes: string
  status: number
}

/** A stand-in that answers as GitHub does: tokens at one host, the API at another. */
async function github(): Promise<{
  standIn: StandIn
  site: Site
  says: GitHub
  asked: Record<string, string | undefined>[]
}> {
  const standIn = await startStandIn({ issuer: 'https://github.com/login/oauth' })
  const says: GitHub = {
    user: { id: 4242, login: 'ada', name: 'Ada Lovelace', email: 'shown@example.org' },
    emails: [
      { email: 'old@example.org', primary: false, verified: true },
      { email: 'ada@example.org', primary: true, verified: true },
    ],
    scopes: 'read:user,user:email',
    status: 200,
  }
  const asked: Record<string, string | undefined>[] = []
  standIn.intercept = async ({ url = '', headers, method = '' }, response, body) => {
    const json = (value: unknown, status = 200): true => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value))
      return true
    }
    if (url === '/login/oauth/access_token') {
      standIn.traded.push({ body: new URLSearchParams(body), authorization: headers.authorization })
      // GitHub says what went wrong with status 200.
      if (new URLSearchParams(body).get('code') === 'bad') return json({ error: 'bad_verification_code' })
      return json({ access_token: 'gho_secret', scope: says.scopes, token_type: 'bearer' })
    }
    if (url !== '/user' && url !== '/user/emails') return false
    asked.push({ url, method, authorization: headers.authorization, agent: headers['user-agent'] })
    return json(url === '/user' ? says.user : says.emails, says.status)
  }
  const providerFetch = ledTo(standIn, 'https://github.com', 'https://api.github.com')
  const provider = { id: 'github', clientId: 'Iv1.doorward', clientSecret: 'a secret of it', createAccounts: true }
  const site = await openSite({
    settings: { signInProviders: [provider], signInStartsPerAddress: null },
    providerFetch,
  })
  return { standIn, site, says, asked }
}

/** Presses the button, and comes back as if GitHub's own pages had been seen. */
async function come(site: Site, { standIn }: { standIn: StandIn }, code = 'good', iss: string | null = standIn.issuer) {
  const who = visitor()
  who.stopAt = 'https://github.com/'
  const { url } = await who.continueWith(site, 'github')
  who.stopAt = null
  const back = new URL(url.searchParams.get('redirect_uri') ?? '')
  back.search = new URLSearchParams({
    code,
    state: url.searchParams.get('state') ?? '',
    ...(iss === null ? {} : { iss }),
  }).toString()
  return { page: await who.get(back.href), who, url }
}

describe('signing in with GitHub', () => {
  it('goes by OAuth 2.0 with PKCE, and by the number of the account and its verified primary address [RP05 B-SOC-05]', async () => {
    const stage = await github()
    const { site, standIn, asked, says } = stage
    const { who, url } = await come(site, stage)
    assert.equal(url.origin + url.pathname, 'https://github.com/login/oauth/authorize')
    assert.equal(url.searchParams.get('scope'), 'read:user user:email')
    assert.equal(url.searchParams.get('code_challenge_method'), 'S256')
    assert.equal(url.searchParams.get('nonce'), null)
    const [trade] = standIn.traded
    assert.equal(trade?.body.get('client_secret'), 'a secret of it')
    assert.equal((trade?.body.get('code_verifier') ?? '').length, 64)
    assert.deepEqual(asked, [
      { url: '/user', method: 'GET', authorization: 'Bearer gho_secret', agent: 'Doorward' },
      { url: '/user/emails', method: 'GET', authorization: 'Bearer gho_secret', agent: 'Doorward' },
    ])
    const id = (await whoIs(site, who)) ?? ''
    const user = await site.instance.users.find(id)
    assert.deepEqual([user?.email, user?.emailVerified], ['ada@example.org', true])
    const [link] = await site.instance.social.linked.list(id)
    assert.deepEqual([link?.subject, link?.name], ['4242', 'Ada Lovelace'])

    says.user = { id: 4242, login: 'somebody-else', name: null }
    says.emails = []
    assert.equal(await whoIs(site, (await come(site, stage)).who), id)
    says.user = { id: 4243, login: 'ada', name: 'Ada Lovelace' }
    assert.notEqual(await whoIs(site, (await come(site, stage)).who), id)
  })

  it('takes no address that is not both primary and verified, whatever the profile shows [RP06]', async () => {
    for (const emails of [
      [{ email: 'ada@example.org', primary: true, verified: false }],
      [{ email: 'ada@example.org', primary: false, verified: true }],
      [{ email: 'ada@example.org', primary: 'true', verified: 1 }],
      { message: 'none' },
    ]) {
      const stage = await github()
      stage.says.emails = emails
      const id = await whoIs(stage.site, (await come(stage.site, stage)).who)
      const user = await stage.site.instance.users.find(id ?? '')
      assert.deepEqual([user?.email, user?.username], [null, 'ada'])
    }
  })

  it('is refused where GitHub refuses, names nobody, or is somebody else', async () => {
    const stage = await github()
    const { site, says, standIn } = stage
    const none = async (
      status: number,
      ...come_: Parameters<typeof come> extends [unknown, unknown, ...infer Rest] ? Rest : never
    ) => {
      const { page, who } = await come(site, stage, ...come_)
      assert.equal(page.status, status)
      assert.doesNotMatch(page.text, /bad_verification_code|gho_/)
      assert.equal(await whoIs(site, who), null)
    }
    await none(400, 'bad')
    const before = standIn.traded.length
    await none(400, 'good', 'https://github.com')
    assert.equal(standIn.traded.length, before, 'no code goes out where iss is wrong (RFC 9207)')
    for (const user of [{}, { id: '4242' }, { id: 1.5 }, { login: 'ada' }, [], null]) {
      says.user = user as Record<string, unknown>
      await none(400)
    }
    says.user = { id: 1 }
    says.status = 401
    await none(400)
    says.status = 500
    await none(503)
  })

  it('takes an answer without iss, as GitHub Enterprise Server gives it', async () => {
    const stage = await github()
    assert.notEqual(await whoIs(stage.site, (await come(stage.site, stage, 'good', null)).who), null)
  })
})
