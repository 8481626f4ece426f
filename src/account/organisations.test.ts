import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formsIn, type Person, person, type Seen } from '../screens/person.contract.ts'
import { parseId } from '../storage/id.ts'
import type { GivenSettings } from '../server/settings.ts'
import type { TestUser } from '../testing/test-credentials.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'

const password = 'correct horse battery'

describe('one’s organisations', () => {
  it('are listed, shown with what one is there, and left, but by the last owner', async () => {
    await using at = await open()
    const { ada, bob, acme, place } = at
    assert.match((await ada.get('/account/organisations/')).text, /Acme[^]*Owner[^]*In use/)
    assert.match((await ada.get(place)).text, /You are[^]*Owner/)
    assert.match((await ada.get(`${place}leave/`)).text, /You cannot leave yet[^]*id="only-owner"[^]*id="members"/)
    const { members } = at.doorward.instance.orgs
    await members.setStanding(acme, at.users.bob.id, 'owner')
    const stale = await ada.get(`${place}leave/`)
    await members.setStanding(acme, at.users.bob.id, 'member')
    const refused = await ada.submit(stale, 'leave')
    assert.equal(refused.status, 409)
    assert.match(refused.text, /An organisation needs an owner/)

    const left = await bob.submit(await bob.get(`${place}leave/`), 'leave')
    assert.equal(left.path, '/account/organisations/')
    assert.match(left.text, /You have left Acme\.[^]*You are in no organisation/)
    assert.equal((await bob.get(place)).status, 404)
    assert.deepEqual(await at.members(acme), ['ada owner'])
  })

  it('are left after a page that counts what stops: roles and applications that act there', async () => {
    await using at = await open()
    const { bob, acme, place, users, doorward } = at
    const { orgs, oauth, database, clock } = doorward.instance
    const page = async (): Promise<string> => (await bob.get(`${place}leave/`)).text
    assert.doesNotMatch(await page(), /role|application that/)
    for (const name of ['reader', 'writer', 'guest']) {
      const role = await orgs.roles.create({ name, organisationId: acme, permissions: ['notes.view'] })
      const endsAt = name === 'guest' ? clock() + 1000 : null
      await orgs.roleGrants.grant({ roleId: role.id, userId: users.bob.id, organisationId: acme, endsAt })
    }
    await doorward.clock.advance(2000)
    const values = { name: 'Notes', redirectUris: ['https://app.example/cb'], scopes: ['read'] }
    const { client } = await oauth.clients.create(values, { by: { actor: 'system' } })
    const of = { clientKey: parseId(client.id) ?? 0n, userId: parseId(users.bob.id) ?? 0n, signInId: null }
    const what = { scopes: ['read'], resources: [], isOffline: true, expiresAt: clock() + 86_400_000 }
    const organisationId = parseId(acme)
    const grants = oauth.grants.make({ ...of, ...what, organisationId, detail: { by: 'authorization_code' } })
    await database.append({ grants })
    assert.match(
      await page(),
      /<li>2 roles that you have in it<\/li>\s*<li>1 application that acts for you in it<\/li>/,
    )
  })

  it('tell what happened to them and to what is theirs, members by name and administrators not, and the same for programs', async () => {
    await using at = await open()
    const { ada, bob, acme, place, users, doorward } = at
    const { roles, members } = doorward.instance.orgs
    await ada.submit(await ada.get(`${place}service-accounts/new/`), 'create', { name: 'Nightly' })
    const [account] = await doorward.instance.serviceAccounts.list({ organisationId: acme })
    const page = `${place}service-accounts/${account?.id}/`
    const root = { actor: `user:${users.eve.id}`, address: '192.0.2.77' }
    await doorward.instance.serviceAccounts.disable(account?.id ?? '', { by: root, organisationId: acme })
    const seen = (await ada.get(page)).text
    assert.match(
      seen,
      /History[^]*It was switched off<\/strong> by\s+<bdi>somebody who is no member<[^]*The service account was made<\/strong> by\s+<bdi>you</,
    )
    assert.ok(!seen.includes('192.0.2.77'))
    assert.match(seen, new RegExp(`/api/account/organisations/${acme}/service-accounts/${account?.id}/`))
    await members.setStanding(acme, users.bob.id, 'admin')
    assert.match((await bob.get(page)).text, /The service account was made<\/strong> by\s+<bdi>ada</)
    assert.match(
      (await bob.get(place)).text,
      /History[^]*What a member is was changed[^]*user: bob[^]*The organisation was made/,
    )
    const role = await roles.create(
      { name: 'clerk', organisationId: acme, permissions: [] },
      { actor: `user:${users.ada.id}` },
    )
    assert.match(
      (await bob.get(`${place}roles/${role.id}/`)).text,
      /The role was made<\/strong> by\s+<bdi>ada<[^]*Copy as API call/,
    )
    assert.match((await bob.get(`${place}members/${users.ada.id}/`)).text, /Copy as API call/)
    // The log of the organisation names whom others invited: it is for those who invite.
    await members.setStanding(acme, users.bob.id, 'member')
    assert.doesNotMatch((await bob.get(place)).text, /History|The organisation was made/)
  })

  it('have a default, which is switched and marked, and comes first in the portal [U11]', async () => {
    await using at = await open()
    const { ada, acme, users } = at
    const { organisations, defaults } = at.doorward.instance.orgs
    const list = '/account/organisations/'
    assert.ok(!(await ada.get(list)).text.includes('Make default'))
    const { id: zeta } = await organisations.create({ name: 'Zeta', slug: 'zeta', ownerId: users.ada.id })
    const made = await ada.submit(await ada.get(list), `default-${zeta}-form`)
    assert.match(made.text, /Your default is changed\.[^]*Zeta[^]*>default</)
    assert.equal(await defaults.of(users.ada.id), zeta)
    assert.match((await ada.get('/portal/service-accounts/')).text, /Of your organisations[^]*Zeta[^]*default[^]*Acme/)
    // Of the one in which somebody may not look at them, nothing is said.
    assert.ok(!(await at.bob.get('/portal/service-accounts/')).text.includes('Acme'))
    const switched = await ada.submit(made, `default-${acme}-form`)
    assert.equal(await defaults.of(users.ada.id), acme)
    assert.match((await ada.submit(switched, `nodefault-${acme}-form`)).text, /You have no default now/)
    assert.equal(await defaults.of(users.ada.id), null)
    // Not one of somebody else, and not one that is suspended.
    const { eve } = at
    for (const organisation of [acme, 'x', '']) {
      const form = formsIn(await ada.get(list))[0]?.fields ?? {}
      const sent = await eve.post(list, {
        ...form,
        ...csrfOf(formsIn(await eve.get(list))[0]?.fields ?? {}),
        organisation,
      })
      assert.ok(sent.status === 404 || sent.status === 403, String(sent.status))
    }
    await organisations.suspend(zeta)
    const stale = await ada.submit(made, `default-${acme}-form`, { organisation: zeta })
    assert.equal(stale.status, 404)
  })

  it('are not there for anybody else, on any page and for any form (AD01)', async () => {
    await using at = await open()
    const { eve, ada, place, acme } = at
    const { roles, invitations } = at.doorward.instance.orgs
    const role = await roles.create({ name: 'clerk', organisationId: acme })
    const invitation = await invitations.create({ organisationId: acme, email: 'x@example.org' })
    const account = await at.account()
    const pages = [
      '',
      'leave/',
      'members/',
      `members/${at.users.bob.id}/`,
      `members/${at.users.bob.id}/remove/`,
      'invitations/',
      'invitations/new/',
      'roles/',
      'roles/new/',
      'roles/compare/',
      `roles/${role.id}/`,
      `roles/${role.id}/delete/`,
      'service-accounts/',
      'service-accounts/new/',
      `service-accounts/${account.id}/`,
      `service-accounts/${account.id}/delete/`,
      `service-accounts/${account.id}/new-key/`,
      'settings/',
      'transfer/',
      'delete/',
    ]
    // Eve owns another organisation, and sends the forms that Ada was shown, with a proof of her own.
    const proof = formsIn(await eve.get(`${at.evesPlace}settings/`))[0]?.fields ?? {}
    for (const page of pages) {
      const shown = await ada.get(place + page)
      assert.equal(shown.status, 200, page)
      assert.equal((await eve.get(place + page)).status, 404, page)
      for (const form of formsIn(shown)) {
        const sent = await eve.post(form.to, { ...form.fields, ...csrfOf(proof) })
        assert.equal(sent.status, 404, `${page} ${form.id}`)
      }
    }
    // Nor by putting what is theirs into the place of her own.
    for (const page of [
      `roles/${role.id}/`,
      `roles/${role.id}/delete/`,
      `members/${at.users.bob.id}/`,
      `service-accounts/${account.id}/`,
      `service-accounts/${account.id}/new-key/`,
    ]) {
      assert.equal((await eve.get(at.evesPlace + page)).status, 404, page)
    }
    const inside = await eve.get(`${at.evesPlace}invitations/`)
    for (const action of ['resend', 'cancel']) {
      const fields = { action, invitation: invitation.id, ...csrfOf(proof) }
      assert.equal((await eve.post(inside.path, fields)).status, 404)
    }
    assert.deepEqual(await at.members(acme), ['ada owner', 'bob member'])
    assert.equal((await invitations.find(invitation.id))?.state, 'waiting')
  })

  it('let members see who else is there, and do nothing that their roles do not allow', async () => {
    await using at = await open()
    const { bob, place } = at
    const page = await bob.get(`${place}members/`)
    assert.match(page.text, /ada/)
    assert.doesNotMatch(page.text, /id="invite"/)
    assert.deepEqual(formsIn(await bob.get(`${place}members/${at.users.ada.id}/`)), [])
    const proof = csrfOf(formsIn(await bob.get(`${place}leave/`))[0]?.fields ?? {})
    for (const [path, fields] of [
      [`members/${at.users.bob.id}/`, { action: 'stand', standing: 'owner' }],
      [`members/${at.users.ada.id}/remove/`, { action: 'remove' }],
      ['invitations/', { action: 'cancel', invitation: 'x' }],
      ['settings/', { action: 'change', name: 'Mine' }],
      ['transfer/', { action: 'transfer', from: at.users.ada.id, to: at.users.bob.id }],
      ['delete/', { action: 'delete', typed: 'acme' }],
    ] as const) {
      const sent = await bob.post(place + path, { ...fields, ...proof })
      assert.equal(sent.status, 403, path)
    }
    for (const path of ['invitations/', 'roles/', 'service-accounts/', 'settings/', 'transfer/', 'delete/']) {
      assert.equal((await bob.get(place + path)).status, 403, path)
    }
    assert.deepEqual(await at.members(at.acme), ['ada owner', 'bob member'])
  })

  it('let nobody give or take what they may not do themselves', async () => {
    await using at = await open()
    const { ada, bob, place, acme, users } = at
    const { roles, members, roleGrants } = at.doorward.instance.orgs
    const self = `${place}members/${users.bob.id}/`
    // Somebody whose role lets them change members, and no more.
    const steward = await roles.create({
      name: 'steward',
      organisationId: acme,
      permissions: ['members.view', 'members.add', 'members.change', 'members.delete'],
    })
    const chief = await roles.create({ name: 'chief', organisationId: acme, permissions: ['organisation.delete'] })
    const clerk = await roles.create({ name: 'clerk', organisationId: acme, permissions: ['notes.change'] })
    await roleGrants.grant({ roleId: steward.id, userId: users.bob.id })
    const proof = csrfOf(formsIn(await bob.get(`${place}leave/`))[0]?.fields ?? {})
    for (const fields of [
      { action: 'stand', standing: 'admin' },
      { action: 'stand', standing: 'owner' },
      { action: 'give', role: chief.id },
      { action: 'give', role: clerk.id },
    ]) {
      assert.equal((await bob.post(self, { ...fields, ...proof })).status, 403, JSON.stringify(fields))
    }
    const invite = { action: 'invite', email: 'x@example.org', ...onceOf(await bob.get(`${place}invitations/new/`)) }
    const asAdmin = await bob.post(`${place}invitations/new/`, { ...invite, standing: 'admin' })
    assert.equal(asAdmin.status, 403)
    // An admin makes members and admins, writes roles within the limits, and makes no owner.
    await members.setStanding(acme, users.bob.id, 'admin')
    assert.equal((await bob.post(self, { action: 'stand', standing: 'owner', ...proof })).status, 403)
    const toOwner = await bob.post(`${place}members/${users.ada.id}/remove/`, { action: 'remove', ...proof })
    assert.equal(toOwner.status, 403)
    assert.match(toOwner.text, /Only an owner makes and removes owners/)
    const beyond = await bob.submit(await bob.get(`${place}roles/${clerk.id}/`), 'change', {
      'permission_organisation.delete': 'on',
    })
    assert.equal(beyond.status, 403)
    assert.equal((await bob.post(self, { action: 'give', role: clerk.id, ...proof })).status, 200)
    assert.equal((await ada.post(self, { action: 'give', role: chief.id, ...csrfOf(await own(ada)) })).status, 200)
  })
})

describe('members and invitations, by the admins of an organisation', () => {
  it('invite by a form that is sent once, whose link is shown once, and makes a member of whoever has the address', async () => {
    await using at = await open()
    const { ada, eve, place, acme, base } = at
    const form = await ada.get(`${place}invitations/new/`)
    const made = await ada.submit(form, 'invite', { email: 'eve@example.org', standing: 'admin' })
    assert.equal(made.status, 200)
    const [, link = ''] = /id="link"[^>]*value="([^"]+)"/.exec(made.text) ?? []
    assert.match(link, /^http:\/\/127\.0\.0\.1:8000\/accounts\/invitation\/dw_inv_/)
    const again = await ada.submit(form, 'invite', { email: 'eve@example.org', standing: 'admin' })
    assert.equal(again.status, 409)
    const path = new URL(link).pathname

    // A stranger reads who invites them to what, and nothing of the address.
    const stranger = await person(base).get(path)
    assert.equal(stranger.status, 200)
    assert.match(stranger.text, /ada<\/bdi><\/strong> invites you/)
    assert.doesNotMatch(stranger.text, /eve@example\.org/)
    // Somebody else who is signed in is told that it is not for them.
    const wrong = await at.bob.get(path)
    assert.match(wrong.text, /another e-mail address/)
    assert.doesNotMatch(wrong.text, /eve@example\.org/)
    const proof = csrfOf(formsIn(await at.bob.get(`${place}leave/`))[0]?.fields ?? {})
    assert.equal((await at.bob.post(wrong.path, { action: 'accept', ...proof })).status, 403)
    const page = await eve.get(path)
    assert.match(page.text, /You become[^]*Admin/)
    const joined = await eve.submit(page, 'accept')
    assert.equal(joined.path, `/account/organisations/${acme}/`)
    assert.match(joined.text, /You are a member now\./)
    assert.deepEqual(await at.members(acme), ['ada owner', 'bob member', 'eve admin'])
    // Sent again from a page that was left open, it is over.
    assert.equal((await eve.submit(page, 'accept')).status, 409)
    assert.match((await eve.get(path)).text, /was used already/)
    assert.match((await person(base).get(path)).text, /was used already/)
  })

  it('let whoever has no account make one by the link, where sign-up is by invitation', async () => {
    await using at = await open({ signUp: 'invitation' })
    const { ada, place, acme, base, doorward } = at
    const made = await ada.submit(await ada.get(`${place}invitations/new/`), 'invite', {
      email: 'new@example.org',
      standing: 'member',
    })
    const [, link = ''] = /id="link"[^>]*value="([^"]+)"/.exec(made.text) ?? []
    const stranger = person(base)
    const [, signUp = ''] = /href="([^"]+)" id="sign-up"/.exec((await stranger.get(new URL(link).pathname)).text) ?? []
    const form = await stranger.get(signUp.replaceAll('&amp;', '&'))
    assert.match(form.text, /ada invites you to Acme\./)
    assert.match(form.text, /value="new@example\.org"/)
    const done = await stranger.submit(form, 'sign-up', { password })
    assert.equal(done.status, 200, done.text)
    const mails = await doorward.instance.mail.outbox.list()
    const verify = mails.find(({ message }) => message.kind !== 'invitation' && message.to === 'new@example.org')
    const [, address = ''] = /"link":"([^"]+)"/.exec(JSON.stringify(verify?.message.parts)) ?? []
    const asked = await stranger.get(new URL(address).pathname + new URL(address).search)
    await stranger.submit(asked, formsIn(asked)[0]?.id ?? '')
    await stranger.signIn('new@example.org', password)
    const joined = await stranger.submit(await stranger.get(new URL(link).pathname), 'accept')
    assert.equal(joined.path, `/account/organisations/${acme}/`, joined.text)
  })

  it('is written to the outbox with the invitation', async () => {
    await using at = await open()
    const { ada, place } = at
    await ada.submit(await ada.get(`${place}invitations/new/`), 'invite', {
      email: 'x@example.org',
      standing: 'member',
    })
    const [mail] = await at.doorward.instance.mail.outbox.list()
    assert.deepEqual([mail?.message.to, mail?.message.subject], ['x@example.org', 'You are invited to Acme'])
    assert.match(JSON.stringify(mail?.message.parts), /ada invites you[^]*\/accounts\/invitation\/dw_inv_/)
  })

  it('say what is wrong with an invitation, beside what was typed', async () => {
    await using at = await open()
    const { ada, place } = at
    for (const [email, said] of [
      ['nobody', /Give an e-mail address/],
      ['bob@example.org', /They are a member already/],
    ] as const) {
      const page = await ada.submit(await ada.get(`${place}invitations/new/`), 'invite', { email, standing: 'member' })
      assert.equal(page.status, 400)
      assert.match(page.text, said)
      assert.ok(page.text.includes(`value="${email}"`))
    }
  })

  it('send again and cancel from the list, and say so when that comes too late', async () => {
    await using at = await open()
    const { ada, place, doorward } = at
    await ada.submit(await ada.get(`${place}invitations/new/`), 'invite', {
      email: 'x@example.org',
      standing: 'member',
    })
    const list = await ada.get(`${place}invitations/`)
    assert.equal((await ada.submit(list, 'resend')).status, 409)
    await doorward.clock.advance('1m')
    assert.match((await ada.submit(list, 'resend')).text, /id="link"/)
    assert.match((await ada.submit(list, 'cancel')).text, /The invitation is cancelled\.[^]*Cancelled/)
    assert.match((await ada.submit(list, 'cancel')).text, /The invitation is cancelled\./)
    assert.equal((await ada.submit(list, 'resend')).status, 409)
  })

  it('change what members are, give roles until a day, and take people out; stale pages do no harm', async () => {
    await using at = await open()
    const { ada, place, users, acme } = at
    const { roles } = at.doorward.instance.orgs
    await roles.create({ name: 'clerk', organisationId: acme, permissions: ['notes.change'] })
    const page = await ada.get(`${place}members/${users.bob.id}/`)
    assert.match((await ada.submit(page, 'stand', { standing: 'admin' })).text, /It is changed\./)
    assert.equal((await ada.submit(page, 'give', { until: '2020-01-01' })).status, 400)
    assert.equal((await ada.submit(page, 'give', { until: 'soon' })).status, 400)
    const given = await ada.submit(page, 'give', { until: '2099-12-31' })
    assert.match(given.text, /They have the role\.[^]*clerk[^]*2099/)
    assert.match((await ada.submit(given, 'take')).text, /They do not have the role any more\./)
    assert.match((await ada.submit(given, 'take')).text, /They did not have the role\./)
    const asking = await ada.get(`${place}members/${users.bob.id}/remove/`)
    assert.match((await ada.submit(asking, 'remove')).text, /They are out of the organisation\./)
    assert.equal((await ada.submit(asking, 'remove')).status, 404)
    assert.equal((await ada.submit(page, 'stand', { standing: 'owner' })).status, 404)
    assert.deepEqual(await at.members(acme), ['ada owner'])
  })

  it('do nothing with forms of others, without a proof, and after signing out', async () => {
    await using at = await open()
    const { ada, bob, place, users, acme } = at
    const asking = await ada.get(`${place}members/${users.bob.id}/remove/`)
    assert.equal((await ada.post(asking.path, { action: 'remove' })).status, 403)
    const others = csrfOf(formsIn(await bob.get(`${place}leave/`))[0]?.fields ?? {})
    assert.equal((await ada.post(asking.path, { action: 'remove', ...others })).status, 403)
    const leaving = await ada.get('/accounts/logout/')
    await ada.submit(leaving, formsIn(leaving)[0]?.id ?? '')
    const sent = await ada.submit(asking, 'remove')
    assert.match(sent.path, /^\/accounts\/login\//)
    assert.deepEqual(await at.members(acme), ['ada owner', 'bob member'])
  })
})

describe('what belongs to an organisation', () => {
  it('is offered no permission that whoever makes it lacks, unless they may write roles', async () => {
    await using at = await open()
    const { ada, bob, place, acme, users, doorward } = at
    const { organisations, roles, roleGrants } = doorward.instance.orgs
    await organisations.update(acme, { allowedPermissions: ['notes.add', 'notes.delete'] })
    const permissions = ['service_accounts.view', 'service_accounts.add', 'notes.add']
    const role = await roles.create({ name: 'robots', organisationId: acme, permissions })
    await roleGrants.grant({ roleId: role.id, userId: users.bob.id, organisationId: acme })
    const form = await bob.get(`${place}service-accounts/new/`)
    assert.deepEqual([form.text.includes('notes.add'), form.text.includes('notes.delete')], [true, false])
    assert.match((await bob.submit(form, 'create', { name: 'Small' })).text, /The service account is made/)
    assert.match((await ada.get(`${place}service-accounts/new/`)).text, /notes\.add[^]*notes\.delete/)
  })

  it('is made by its admins: service accounts within its limits, and keys that are shown once', async () => {
    await using at = await open()
    const { ada, place, acme, doorward } = at
    const form = await ada.get(`${place}service-accounts/new/`)
    const made = await ada.submit(form, 'create', { name: 'Nightly', scope_read: 'on', scope_admin: 'on' })
    assert.match(made.text, /The service account is made\./)
    assert.equal((await ada.submit(form, 'create', { name: 'Nightly' })).status, 409)
    const [account] = await doorward.instance.serviceAccounts.list({ organisationId: acme })
    assert.deepEqual(account?.scopes, ['read'], 'a scope beyond the limits is no choice')
    const keyForm = await ada.get(`${made.path}new-key/`)
    const key = await ada.submit(keyForm, 'create', { name: 'build', scope_read: 'on', days: '7' })
    const [, secret = ''] = /id="secret"[^>]*value="([^"]+)"/.exec(key.text) ?? []
    assert.match(secret, /^dw_live_/)
    const ask = { 'x-api-key': secret }
    const { principal } = await doorward.auth.require(doorward.request('GET', '/', ask))
    assert.deepEqual(principal.kind === 'service_account' && principal.organisation, { id: acme, slug: 'acme' })
    const shown = await ada.get(made.path)
    assert.doesNotMatch(shown.text, new RegExp(secret))
    const late = await ada.submit(await ada.get(`${made.path}new-key/`), 'create', { name: 'long', days: '365' })
    assert.equal(late.status, 400)
    assert.match(late.text, /30 days at most/)
    const [, revoke = ''] = /href="([^"]*\/revoke\/)"/.exec(shown.text) ?? []
    const asking = await ada.get(revoke)
    assert.match((await ada.submit(asking, 'revoke')).text, /The key is revoked\./)
    await ada.submit(asking, 'revoke')
    await assert.rejects(doorward.auth.require(doorward.request('GET', '/', ask)), { status: 401 })
    assert.match((await ada.submit(await ada.get(made.path), 'disable')).text, /It is off/)
    assert.match((await ada.submit(await ada.get(made.path), 'enable')).text, /It is on/)
    // What an administrator of the site switches off, no member switches on.
    const offForm = await ada.submit(await ada.get(made.path), 'disable')
    const heldId = made.path.split('/').findLast((part) => part !== '') ?? ''
    await doorward.instance.serviceAccounts.disable(heldId, { by: { actor: 'system' }, asAdministrator: true })
    const held = await ada.get(made.path)
    assert.match(held.text, /An administrator of this site switched it off/)
    assert.doesNotMatch(held.text, /id="enable"/)
    assert.equal((await ada.submit(offForm, 'enable')).status, 409)
    await doorward.instance.serviceAccounts.enable(heldId, { by: { actor: 'system' }, asAdministrator: true })
    const deleting = await ada.get(`${made.path}delete/`)
    assert.match((await ada.submit(deleting, 'delete')).text, /Nightly is deleted\./)
    assert.equal((await ada.submit(deleting, 'delete')).status, 404)
  })

  it('is called otherwise by its admins, whose limits only whoever runs the server sets', async () => {
    await using at = await open()
    const { ada, place, acme } = at
    const page = await ada.get(`${place}settings/`)
    const saved = await ada.submit(page, 'change', {
      name: 'Acme Two',
      slug: 'mine',
      permissions: 'all',
      scopes: 'admin',
    })
    assert.match(saved.text, /It is saved\./)
    const organisation = await at.doorward.instance.orgs.organisations.find(acme)
    assert.deepEqual(
      [organisation?.name, organisation?.slug, organisation?.allowedScopes],
      ['Acme Two', 'acme', ['read', 'write']],
    )
    assert.equal((await ada.submit(page, 'change', { name: ' ' })).status, 400)
  })

  it('is handed over and deleted by an owner, who types its name and has just signed in', async () => {
    await using at = await open()
    const { ada, bob, place, users, acme, doorward } = at
    const asking = await ada.get(`${place}delete/`)
    assert.match(asking.text, /2 memberships/)
    assert.equal((await ada.submit(asking, 'delete', { typed: 'ACME' })).status, 400)
    const handing = await ada.get(`${place}transfer/`)
    await ada.submit(handing, 'transfer', { from: users.ada.id, to: users.bob.id })
    assert.deepEqual(await at.members(acme), ['ada admin', 'bob owner'])
    assert.equal((await ada.submit(handing, 'transfer', { from: users.ada.id, to: users.bob.id })).status, 403)
    assert.equal((await ada.submit(asking, 'delete', { typed: 'acme' })).status, 403)
    await doorward.clock.advance('11m')
    assert.match((await bob.get(`${place}delete/`)).path, /^\/accounts\/confirm\//)
    bob.cookies.clear()
    await bob.signIn('bob', password)
    const last = await bob.get(`${place}delete/`)
    const gone = await bob.submit(last, 'delete', { typed: 'acme' })
    assert.match(gone.text, /Acme is deleted\./)
    assert.equal((await bob.submit(last, 'delete', { typed: 'acme' })).status, 404)
    assert.equal((await bob.get(place)).status, 404)
  })

  it('is not there for its members while the organisation is suspended', async () => {
    await using at = await open()
    const { ada, place, acme } = at
    const page = await ada.get(`${place}settings/`)
    await at.doorward.instance.orgs.organisations.suspend(acme)
    assert.match((await ada.get('/account/organisations/')).text, /Acme[^]*Suspended/)
    assert.equal((await ada.get(place)).status, 404)
    assert.equal((await ada.submit(page, 'change', { name: 'X' })).status, 404)
  })

  it('asks for a second factor of its members where that is set, from their next sign-in on', async () => {
    await using at = await open()
    await at.doorward.instance.orgs.organisations.update(at.acme, { secondFactorRequired: true })
    const again = person(at.base)
    const seen = await again.signIn('bob', password)
    assert.match(seen.path, /second-factor|two-factor|factor/)
    assert.equal((await again.get(at.place)).path.startsWith('/accounts/login/'), true)
    const other = await person(at.base).signIn('eve', password)
    assert.equal(other.path, '/account/devices/')
  })
})

interface Opened extends AsyncDisposable {
  readonly doorward: TestDoorward
  readonly base: string
  readonly acme: string
  /** The pages of Acme, and of the organisation that Eve owns. */
  readonly place: string
  readonly evesPlace: string
  readonly users: { readonly ada: TestUser; readonly bob: TestUser; readonly eve: TestUser }
  /** The owner of Acme, a member of it, and somebody from elsewhere. */
  readonly ada: Person
  readonly bob: Person
  readonly eve: Person
  readonly members: (organisation: string) => Promise<readonly string[]>
  readonly account: () => Promise<{ readonly id: string }>
}

async function open(settings: GivenSettings = {}): Promise<Opened> {
  const doorward = await createTestDoorward({ settings })
  const base = await doorward.listen()
  const { organisations, members } = doorward.instance.orgs
  const make = async (username: string): Promise<TestUser> =>
    doorward.users.create({ username, password, email: `${username}@example.org`, emailVerified: true })
  const users = { ada: await make('ada'), bob: await make('bob'), eve: await make('eve') }
  const { id: acme } = await organisations.create({
    name: 'Acme',
    slug: 'acme',
    ownerId: users.ada.id,
    allowedPermissions: ['notes.view', 'notes.change'],
    allowedScopes: ['read', 'write'],
    longestKeyLifetime: 30 * 86_400,
  })
  const { id: other } = await organisations.create({ name: 'Other', slug: 'other', ownerId: users.eve.id })
  await members.add(acme, users.bob.id, 'member')
  const signedIn = async (username: string): Promise<Person> => {
    const who = person(base)
    await who.signIn(username, password)
    return who
  }
  return {
    doorward,
    base,
    acme,
    place: `/account/organisations/${acme}/`,
    evesPlace: `/account/organisations/${other}/`,
    users,
    ada: await signedIn('ada'),
    bob: await signedIn('bob'),
    eve: await signedIn('eve'),
    members: async (organisation) =>
      (await members.list(organisation)).members.map(({ username, standing }) => `${username} ${standing}`),
    account: async () =>
      doorward.instance.serviceAccounts.create({ name: 'job', organisationId: acme }, { by: { actor: 'system' } }),
    [Symbol.asyncDispose]: doorward.close,
  }
}

/** The fields of a form that prove whose it is. */
function csrfOf(fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => /csrf/i.test(name)))
}

function onceOf(page: Seen): Readonly<Record<string, string>> {
  const fields = formsIn(page)[0]?.fields ?? {}
  return { ...csrfOf(fields), once: fields['once'] ?? '' }
}

async function own(who: Person): Promise<Readonly<Record<string, string>>> {
  return formsIn(await who.get('/account/preferences/'))[0]?.fields ?? {}
}
