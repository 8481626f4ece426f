import assert from 'node:assert/strict'
import { it } from 'node:test'
import { headerOf } from '../accounts/browser.contract.ts'
import type { Answer, Endpoint } from '../http/exchange.ts'
import { hiddenFields, saidIn } from '../oauth/authorize.contract.ts'
import { deviceCodeGrant } from '../oauth/grants/device-code.ts'
import { parseId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { type BoundDesk, openBoundDesk } from './bound-desk.contract.ts'

onEachDatabase('the page to choose an organisation', (stage) => {
  it('comes between sign-in and consent, for whoever belongs to several and for clients that ask for one [L7]', async () => {
    const desk = await openBoundDesk({}, await stage())
    const asking = await desk.addAsking()
    const page = await desk.ask(desk.browser, asking)
    assert.match(page.body, /<h1>Choose an organisation<\/h1>/)
    assert.match(page.body, /Acme[^]*acme · (editor, owner|owner, editor)[^]*Umbrella[^]*umbrella · owner/)
    assert.ok(!page.body.includes('Globex'))
    const consent = await choose(desk, page, desk.umbrella)
    assert.match(consent.body, /It acts for you in <strong id="organisation-name"><bdi>Umbrella<\/bdi><\/strong>/)
    const { json } = await desk.redeem(asking, saidIn(await desk.decide(desk.browser, consent)).get('code') ?? '')
    assert.equal(orgIn(json), desk.umbrella)
    // Whoever belongs to one is not asked, and neither is anybody for a client that does not care.
    const bob = await desk.browserOf(desk.bob)
    const his = await desk.ask(bob, asking)
    assert.match(his.body, /It acts for you in <strong id="organisation-name"><bdi>Globex/)
    assert.ok(!his.body.includes('other-organisation'))
    const { json: hers } = await desk.redeem(asking, saidIn(await desk.decide(bob, his)).get('code') ?? '')
    assert.equal(orgIn(hers), desk.globex)
    assert.ok(!(await desk.ask(desk.browser, await desk.addWeb())).body.includes('rganisation'))
    // Nor is somebody without any: their tokens are bound to none.
    const eve = await desk.browserOf(await desk.addPerson('eve'))
    const code = await desk.codeFor(eve, asking)
    assert.equal(orgIn((await desk.redeem(asking, code)).json), undefined)
    await desk.close()
  })

  it('marks what was chosen last, else the default, else the first', async () => {
    const desk = await openBoundDesk({}, await stage())
    const [client, other] = [await desk.addAsking(), await desk.addAsking()]
    assert.equal(markedIn(await desk.ask(desk.browser, client)), desk.acme)
    const row = { user_id: parseId(desk.ada) ?? 0n, organisation_id: parseId(desk.umbrella) ?? 0n }
    await desk.database.write(async (unit) => unit.insertInto('default_organisations').values(row).execute())
    const page = await desk.ask(desk.browser, client)
    assert.equal(markedIn(page), desk.umbrella)
    const consent = await choose(desk, page, desk.acme, { remember_organisation: '1' })
    await desk.decide(desk.browser, consent)
    // `select_account` asks for it once more, when they come back from choosing who they are.
    const away = await desk.ask(desk.browser, client, { prompt: 'select_account' })
    const next = new URL(headerOf(away, 'location') ?? '', 'https://id.example').searchParams.get('next') ?? ''
    assert.equal(markedIn(await desk.browser.get(desk.authorize.GET, next)), desk.acme)
    assert.equal(markedIn(await desk.ask(desk.browser, other)), desk.umbrella)
    await desk.close()
  })

  it('does not come again for a client that shows who it is, where that is wished for, and can be asked for', async () => {
    const desk = await openBoundDesk({}, await stage())
    const client = await desk.addAsking()
    await desk.decide(
      desk.browser,
      await choose(desk, await desk.ask(desk.browser, client), desk.umbrella, { remember_organisation: '1' }),
    )
    for (const fields of [{}, { prompt: 'none' }]) {
      const code = saidIn(await desk.ask(desk.browser, client, fields)).get('code') ?? ''
      assert.equal(orgIn((await desk.redeem(client, code)).json), desk.umbrella)
    }
    // From the page of consent it can be changed, which is remembered in its place.
    const consent = await desk.ask(desk.browser, client, { prompt: 'consent' })
    assert.match(consent.body, /id="other-organisation"/)
    const chooser = await desk.decide(desk.browser, consent, 'choose')
    assert.equal(markedIn(chooser), desk.umbrella)
    const changed = await choose(desk, chooser, desk.acme, { remember_organisation: '1' })
    await desk.decide(desk.browser, changed)
    const code = saidIn(await desk.ask(desk.browser, client)).get('code') ?? ''
    assert.equal(orgIn((await desk.redeem(client, code)).json), desk.acme)
    // After three months it is asked anew.
    desk.time.now += 91 * 86_400_000
    const browser = await desk.browserOf(desk.ada)
    assert.match((await desk.ask(browser, client)).body, /Choose an organisation/)
    await desk.close()
  })

  it('comes each time where it is not to be remembered, and for what may be another program', async () => {
    const desk = await openBoundDesk({}, await stage())
    const [web, spa] = [await desk.addAsking(), await desk.addSpa({ asksForOrganisation: true })]
    for (const [client, fields] of [
      [web, {}],
      [spa, { remember_organisation: '1' }],
    ] as const) {
      const page = await desk.ask(desk.browser, client)
      assert.equal(page.body.includes('id="remember-organisation"'), client === web)
      await desk.decide(desk.browser, await choose(desk, page, desk.umbrella, fields))
      assert.match((await desk.ask(desk.browser, client)).body, /Choose an organisation/)
      const said = saidIn(await desk.ask(desk.browser, client, { prompt: 'none' }))
      assert.equal(said.get('error'), 'interaction_required')
    }
    await desk.close()
  })

  it('is passed by once consent is known, and remembered for an application of the house', async () => {
    const desk = await openBoundDesk({}, await stage())
    const client = await desk.addAsking({ consent: 'never' })
    const page = await desk.ask(desk.browser, client)
    const done = await choose(desk, page, desk.acme, { remember_organisation: '1' })
    assert.equal(orgIn((await desk.redeem(client, saidIn(done).get('code') ?? '')).json), desk.acme)
    assert.ok(saidIn(await desk.ask(desk.browser, client, { prompt: 'none' })).get('code'))
    await desk.close()
  })

  it('comes again once the organisation that was remembered is left, or consent is withdrawn', async () => {
    const desk = await openBoundDesk({}, await stage())
    const client = await desk.addAsking()
    const { id: third } = await desk.organisations.create({ name: 'Zeta', slug: 'zeta', ownerId: desk.ada })
    const remember = async (organisation: string): Promise<void> => {
      const page = await desk.ask(desk.browser, client)
      await desk.decide(desk.browser, await choose(desk, page, organisation, { remember_organisation: '1' }))
    }
    await remember(desk.umbrella)
    await desk.members.add(desk.umbrella, desk.bob, 'owner')
    await desk.members.remove(desk.umbrella, desk.ada)
    const page = await desk.ask(desk.browser, client)
    assert.match(page.body, /Choose an organisation/)
    assert.ok(!page.body.includes('Umbrella'))
    await remember(third)
    const found = await desk.server.findClient(client.id)
    const of = { userId: desk.ada, clientKey: found?.key ?? 0n }
    await desk.server.consents.forget(of, { actor: `user:${desk.ada}`, address: null, requestId: null })
    assert.match((await desk.ask(desk.browser, client)).body, /Choose an organisation/)
    await desk.close()
  })

  it('takes no for an answer, and nothing but an organisation of theirs', async () => {
    const desk = await openBoundDesk({}, await stage())
    const client = await desk.addAsking()
    const page = await desk.ask(desk.browser, client)
    for (const organisation of [desk.globex, '', 'x', null]) {
      const fields = { organisation_choice: organisation, remember_organisation: '1' }
      const answer = await desk.decide(desk.browser, page, 'chosen', fields)
      assert.match(answer.body, /Choose an organisation/)
    }
    const straight = await desk.decide(desk.browser, page, 'allow')
    assert.match(straight.body, /Choose an organisation/)
    const denied = saidIn(await desk.decide(desk.browser, page, 'deny', { organisation_choice: desk.acme }))
    assert.deepEqual([denied.get('error'), denied.get('state')], ['access_denied', 'af0ifjsldkj'])
    await desk.close()
  })

  it('is not shown for another session, another request, or a form of another site', async () => {
    const desk = await openBoundDesk({}, await stage())
    const client = await desk.addAsking()
    const page = await desk.ask(desk.browser, client)
    const fields = { organisation_choice: desk.acme }
    const bob = await desk.browserOf(desk.bob)
    for (const answer of [
      await desk.decide(bob, page, 'chosen', fields),
      await desk.decide(desk.browser, page, 'chosen', { ...fields, scope: 'openid read write' }),
      await desk.decide(desk.browser, page, 'chosen', fields, { origin: 'https://evil.example' }),
    ]) {
      assert.equal(answer.status, 403)
    }
    await desk.close()
  })
})

onEachDatabase('a device that is for one organisation', (stage) => {
  it('names it, or has its user choose, and gets tokens that are bound to it [L7]', async () => {
    const desk = await openBoundDesk({}, await stage())
    const plain = await deviceFor(desk, {})
    const asking = await deviceFor(desk, { asksForOrganisation: true })
    const named = await plain.enter({ organization: 'umbrella' })
    assert.match(named.page.body, /It acts for you in <strong id="organisation-name"><bdi>Umbrella/)
    assert.equal(orgIn(await named.allow()), desk.umbrella)
    const chosen = await asking.enter({})
    assert.equal(markedIn(chosen.page), desk.acme)
    assert.equal(orgIn(await chosen.allow({ organisation_choice: desk.umbrella })), desk.umbrella)
    const free = await plain.enter({})
    assert.ok(!free.page.body.includes('rganisation'))
    assert.equal(orgIn(await free.allow()), undefined)
    await desk.close()
  })

  it('is not allowed for an organisation that its user does not belong to, or was not shown', async () => {
    const desk = await openBoundDesk({}, await stage())
    const plain = await deviceFor(desk, {})
    const asking = await deviceFor(desk, { asksForOrganisation: true })
    const refusals = []
    for (const organization of ['globex', 'made-up']) {
      const { page } = await plain.enter({ organization })
      assert.equal(page.status, 403)
      refusals.push(page.body.replaceAll(/<time[^]*?<\/time>/g, ''))
    }
    assert.equal(refusals[0], refusals[1])
    const named = await plain.enter({ organization: 'acme' })
    assert.equal(await named.status({ organisation_choice: desk.umbrella }), 400)
    const chosen = await asking.enter({})
    for (const organisation of [desk.globex, '']) {
      assert.equal(await chosen.status({ organisation_choice: organisation }), 400)
    }
    assert.equal(orgIn(await chosen.allow({ organisation_choice: desk.acme })), desk.acme)
    const wrong = await desk.post('/o/device-authorization/', {
      client_id: plain.id,
      scope: 'read',
      organization: 'a b',
    })
    assert.equal(wrong.json['error'], 'invalid_request')
    await desk.close()
  })
})

async function choose(
  desk: BoundDesk,
  page: Answer,
  organisation: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return desk.decide(desk.browser, page, 'chosen', { organisation_choice: organisation, ...fields })
}

/** The organisation that is marked on a page, `null` where there is no choice. */
function markedIn({ body }: Answer): string | null {
  return /type="radio"\s+value="([^"]*)"\s+autocomplete="off"\s+checked/.exec(body)?.[1] ?? null
}

/** `org_id` of the ID token in an answer. */
function orgIn(answer: Readonly<Record<string, unknown>>): unknown {
  const [, payload = ''] = String(answer['id_token']).split('.')
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as Readonly<Record<string, unknown>>)['org_id']
}

/** A device, and Ada before it. */
async function deviceFor(desk: BoundDesk, metadata: { readonly asksForOrganisation?: boolean }) {
  const grantTypes = [deviceCodeGrant]
  const { id } = await desk.addClient({ grantTypes, scopes: ['openid', 'read'], metadata, isPublic: true })
  const pages = desk.server.routes.find(({ path }) => path === '/o/device/')?.methods as Record<
    'GET' | 'POST',
    Endpoint
  >
  return {
    id,
    enter: async (fields: Readonly<Record<string, string>>) => {
      const begun = await desk.post('/o/device-authorization/', { client_id: id, scope: 'openid read', ...fields })
      const csrf = hiddenFields(await desk.browser.get(pages.GET, '/o/device/'))
      const page = await desk.browser.post(pages.POST, { ...csrf, user_code: String(begun.json['user_code']) })
      const decide = async (more: Readonly<Record<string, string>>) =>
        desk.browser.post(pages.POST, { ...hiddenFields(page), decision: 'allow', ...more })
      return {
        page,
        status: async (more: Readonly<Record<string, string>>) => (await decide(more)).status,
        allow: async (more: Readonly<Record<string, string>> = {}) => {
          assert.equal((await decide(more)).status, 303)
          const device = { client_id: id, grant_type: deviceCodeGrant, device_code: String(begun.json['device_code']) }
          return (await desk.post('/o/token/', device)).json
        },
      }
    },
  }
}
