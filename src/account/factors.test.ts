import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PermissionDenied } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import { addSoftPasskey, passkeyOptionsIn } from '../factors/passkey-person.contract.ts'
import { enrol, enrolled } from '../factors/enrolled.contract.ts'
import { createFactorChanges } from '../factors/factor-changes.ts'
import { secretIn } from '../factors/secret-in.contract.ts'
import { softPasskey } from '../factors/soft-passkey.contract.ts'
import { totpCode } from '../factors/totp.ts'
import { type Person, person, type Seen } from '../screens/person.contract.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'

describe('the authenticator app of an account', () => {
  it('is added once it shows a right code; secret and recovery codes are shown once [MF04 B-MFA-01]', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada', email: 'ada@example.org' })
    const who = await signedIn(doorward, ada)
    const other = await doorward.instance.sessions.create({ userId: ada.id })
    const page = await who.get('/account/authenticator/')
    assert.doesNotMatch(page.text, /otpauth:/)
    const setup = await who.submit(page, 'begin')
    assert.equal(setup.headers.get('cache-control'), 'no-store')
    assert.match(setup.text, /<svg\s+class="qr"/)
    const uri = uriIn(setup)
    assert.equal(new URL(uri).searchParams.get('issuer'), 'Doorward')
    // Not again: whoever opens the page later types the code, or begins anew.
    const later = await who.get('/account/authenticator/')
    assert.doesNotMatch(later.text, /otpauth:/)
    assert.match(later.text, /Begin again/)

    const wrong = await who.submit(later, 'confirm', { code: '000000' })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /This code is not right/)
    assert.doesNotMatch(wrong.text, /otpauth:/)
    const done = await who.submit(wrong, 'confirm', { code: totpCode(secretIn(uri), doorward.clock.now()) })
    assert.match(done.text, /The app is added/)
    assert.equal(codesIn(done).length, 10)
    assert.match(done.text, /download="recovery-codes\.txt"/)
    // Others were let in by less [SE06].
    assert.equal(await doorward.instance.sessions.find(other.value), null)
    const after = await who.get('/account/authenticator/')
    assert.match(after.text, /Use another app/)
    for (const code of codesIn(done)) assert.ok(!after.text.includes(code))
    assert.deepEqual(await doorward.instance.factors.codes.count(ada.id), { left: 10, made: 10 })
  })

  it('leaves other devices signed in where that is wished for [SE06]', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada' })
    const who = await signedIn(doorward, ada)
    const other = await doorward.instance.sessions.create({ userId: ada.id })
    const setup = await who.submit(await who.get('/account/authenticator/'), 'begin')
    const code = totpCode(secretIn(uriIn(setup)), doorward.clock.now())
    await who.submit(setup, 'confirm', { code, end_others: '' })
    assert.notEqual(await doorward.instance.sessions.find(other.value), null)
  })

  it('needs a fresh proof [MF04]', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada' })
    const who = await signedIn(doorward, ada)
    const page = await who.get('/account/authenticator/')
    await doorward.clock.advance('11m')
    const asked = await who.submit(page, 'begin')
    assert.match(asked.path, /^\/accounts\/confirm\//)
    assert.equal(await doorward.instance.factors.apps.isBegun(ada.id), false)
  })

  it('gives way to another, which gets no new recovery codes', async () => {
    await using doorward = await createTestDoorward()
    const { ada, code } = await enrolled(doorward)
    const who = await signedIn(doorward, ada)
    const setup = await who.submit(await who.get('/account/authenticator/'), 'begin')
    assert.equal((await who.get('/account/authenticator/')).status, 200)
    const secret = secretIn(uriIn(setup))
    const done = await who.submit(setup, 'confirm', { code: totpCode(secret, doorward.clock.now()) })
    assert.match(done.text, /The app is added\./)
    assert.equal(codesIn(done).length, 0)
    const { user } = await userOf(doorward, 'ada')
    assert.equal(await doorward.instance.factors.apps.use(user.id, await code(), { actor: 'system' }), false)
  })

  it('is removed after a page that says what stops; recovery codes go with the last factor [B-MFA-09]', async () => {
    await using doorward = await createTestDoorward()
    const { ada } = await enrolled(doorward)
    const who = await signedIn(doorward, ada)
    const other = await doorward.instance.sessions.create({ userId: ada.id })
    const asked = await who.get('/account/authenticator/remove/')
    assert.match(asked.text, /This stops working at once/)
    const done = await who.submit(asked, 'remove-app')
    assert.match(done.text, /The app is removed, and other devices are signed out\./)
    assert.deepEqual(await doorward.instance.factors.codes.count(ada.id), { left: 0, made: 0 })
    assert.equal(await doorward.instance.sessions.find(other.value), null)
    assert.equal((await who.get('/account/authenticator/remove/')).path, '/account/authenticator/')
  })

  it('waits until its user has confirmed their e-mail address, where mail is sent [B-MFA-01 B-MFA-05]', async () => {
    const settings = { smtpUrl: 'smtp://127.0.0.1:1', mailFrom: 'id@example.org' }
    await using doorward = await createTestDoorward({ settings })
    const ada = await doorward.users.create({ username: 'ada', email: 'ada@example.org' })
    const who = await signedIn(doorward, ada)
    const refused = await who.submit(await who.get('/account/authenticator/'), 'begin')
    assert.equal(refused.status, 400)
    assert.match(refused.text, /Confirm your e-mail address first/)
    const add = await who.get('/account/passkeys/add/')
    const soft = softPasskey({ rpId: 'localhost', origin: 'http://localhost:8000' })
    assert.equal((await who.submit(add, 'add', { passkey: madeBy(soft, add) })).status, 400)
    assert.deepEqual(await doorward.instance.factors.passkeys.list(ada.id), [])
    await doorward.instance.users.update(ada.id, { emailVerified: true })
    assert.match((await who.submit(await who.get('/account/authenticator/'), 'begin')).text, /otpauth:/)
  })

  it('stays where an application forbids to take it away [B-MFA-08]', async () => {
    await using doorward = await createTestDoorward()
    const { user } = await enrolled(doorward)
    const { database, factors } = doorward.instance
    const { apps, passkeys, codes, second } = factors
    const mayRemove = async (_user: User, factor: string) => {
      throw new PermissionDenied('permission_denied', `Ask the desk about your ${factor}.`)
    }
    const changes = createFactorChanges({ database, apps, passkeys, codes, factors: second, mayRemove })
    await assert.rejects(changes.removeApp(user, { actor: 'system' }), {
      status: 403,
      message: 'Ask the desk about your totp.',
    })
    assert.notEqual(await apps.find(user.id), null)
  })

  it('stays where its user has to have one [B-MFA-08]', async () => {
    await using doorward = await createTestDoorward({ settings: { secondFactor: 'required' } })
    const { ada } = await enrolled(doorward)
    const who = await signedIn(doorward, ada)
    const refused = await who.submit(await who.get('/account/authenticator/remove/'), 'remove-app')
    assert.equal(refused.status, 400)
    assert.match(refused.text, /Your account has to have a second factor\. Add another one first\./)
    await addSoftPasskey(doorward, (await userOf(doorward, 'ada')).user)
    const done = await who.submit(await who.get('/account/authenticator/remove/'), 'remove-app')
    assert.match(done.text, /The app is removed/)
  })
})

describe('the passkeys of an account', () => {
  it('are added with a name, listed, renamed and removed [B-MFA-05]', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada' })
    const who = await signedIn(doorward, ada)
    assert.match((await who.get('/account/passkeys/')).text, /id="empty-button"/)
    const soft = softPasskey({ rpId: 'localhost', origin: 'http://localhost:8000', isSynced: true })
    const add = await who.get('/account/passkeys/add/')
    const added = await who.submit(add, 'add', { passkey: madeBy(soft, add), name: ' My <phone> ' })
    assert.match(added.text, /The passkey is added/)
    assert.equal(codesIn(added).length, 10)
    const list = await who.get('/account/passkeys/')
    assert.match(list.text, /My &lt;phone&gt;/)
    assert.match(list.text, /On all devices that it is synced to/)

    const again = await who.get('/account/passkeys/add/')
    const twice = await who.submit(again, 'add', { passkey: madeBy(soft, again) })
    assert.equal(twice.status, 400)
    assert.match(twice.text, /This passkey is registered already\./)
    assert.equal((await who.submit(twice, 'add', { passkey: '{}' })).status, 400)

    const [one] = await doorward.instance.factors.passkeys.list(ada.id)
    const path = `/account/passkeys/${one?.id}/`
    const renamed = await who.submit(await who.get(path), 'rename', { name: 'My tablet' })
    assert.match(renamed.text, /<h1>My tablet<\/h1>/)
    assert.equal((await who.submit(renamed, 'rename', { name: ' ' })).status, 400)
    const gone = await who.submit(await who.get(`${path}remove/`), 'remove-passkey')
    assert.match(gone.text, /The passkey “My tablet” is removed/)
    assert.equal((await who.get(path)).status, 404)
  })

  it('of others are not there', async () => {
    await using doorward = await createTestDoorward()
    const { user } = await enrolled(doorward)
    await addSoftPasskey(doorward, user)
    const eve = await doorward.users.create({ username: 'eve' })
    const who = await signedIn(doorward, eve)
    const [one] = await doorward.instance.factors.passkeys.list(user.id)
    for (const path of ['', 'remove/'])
      assert.equal((await who.get(`/account/passkeys/${one?.id}/${path}`)).status, 404)
  })

  it('cannot be removed where one is the last way in', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada' })
    const { user } = await userOf(doorward, 'ada')
    await addSoftPasskey(doorward, user)
    await doorward.instance.database.write(async (unit) =>
      unit.updateTable('users').set({ password_hash: null }).execute(),
    )
    const who = await signedIn(doorward, ada)
    const [one] = await doorward.instance.factors.passkeys.list(ada.id)
    const refused = await who.submit(await who.get(`/account/passkeys/${one?.id}/remove/`), 'remove-passkey')
    assert.equal(refused.status, 400)
    assert.match(refused.text, /You could not sign in any more without this passkey/)
    assert.equal((await doorward.instance.factors.passkeys.list(ada.id)).length, 1)
  })

  it('are not both removed by two requests at once, where they are the last ways in', async () => {
    await using doorward = await createTestDoorward()
    await doorward.users.create({ username: 'ada' })
    const { user } = await userOf(doorward, 'ada')
    await addSoftPasskey(doorward, user)
    await addSoftPasskey(doorward, user)
    await doorward.instance.database.write(async (unit) =>
      unit.updateTable('users').set({ password_hash: null }).execute(),
    )
    const { passkeys, changes } = doorward.instance.factors
    const all = await passkeys.list(user.id)
    const ended = await Promise.allSettled(
      all.map(async ({ id }) => changes.removePasskey(user, id, { actor: 'system' })),
    )
    assert.deepEqual(ended.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  })
})

describe('the recovery codes of an account', () => {
  it('are counted, and made anew once, shown once [MF05 B-MFA-04]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, recoveryCodes } = await enrolled(doorward)
    const { codes } = doorward.instance.factors
    const who = await signedIn(doorward, ada)
    for (const code of recoveryCodes.slice(0, 8)) await codes.use(ada.id, code, { actor: 'system' })
    const page = await who.get('/account/recovery/')
    assert.match(page.text, /2 of 10/)
    assert.match(page.text, /Only 2 left\./)
    const made = await who.submit(page, 'make')
    const shown = codesIn(made)
    assert.equal(shown.length, 10)
    assert.equal(await codes.use(ada.id, recoveryCodes[9] ?? '', { actor: 'system' }), false)
    assert.equal(await codes.use(ada.id, shown[0] ?? '', { actor: 'system' }), true)
    // By a reload, or an impatient finger.
    assert.equal((await who.submit(page, 'make')).status, 409)
    assert.match((await who.get('/account/recovery/')).text, /9 of 10/)
  })

  it('are none without a factor', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada' })
    const who = await signedIn(doorward, ada)
    assert.match((await who.get('/account/recovery/')).text, /Recovery codes stand in for a second factor/)
    await assert.rejects(doorward.instance.factors.changes.makeCodes(ada, { actor: 'system' }), { status: 409 })
  })
})

describe('an administrator', () => {
  it('takes all factors away from whoever has lost them [B-MFA-09]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, user } = await enrolled(doorward)
    await addSoftPasskey(doorward, user)
    const { changes, second, codes } = doorward.instance.factors
    assert.equal(await changes.reset(ada.id, { actor: 'user:admin' }), 2)
    assert.deepEqual(await second.waysOf(ada.id), [])
    assert.deepEqual(await codes.count(ada.id), { left: 0, made: 0 })
    assert.equal(await changes.reset(ada.id, { actor: 'user:admin' }), 0)
    const events = await doorward.instance.database.read.selectFrom('audit_events').select('event').execute()
    assert.equal(events.filter(({ event }) => event === 'factors.reset').length, 1)
    const who = person(await doorward.listen())
    assert.equal((await who.signIn('ada', ada.password)).path, '/account/devices/')
  })

  it('does so by page and by JSON, but not to other administrators, nor to themselves', async () => {
    await using doorward = await createTestDoorward()
    const { ada } = await enrolled(doorward)
    const root = await doorward.users.create({ username: 'root', isSuperuser: true, isStaff: true })
    const staff = await doorward.users.create({ username: 'staff', isStaff: true })
    const who = await signedIn(doorward, staff)
    assert.match((await who.get(`/admin/users/${ada.id}/`)).text, /id="reset-factors"/)
    const asked = await who.get(`/admin/users/${ada.id}/reset-factors/`)
    assert.match(asked.text, /this is how accounts are stolen/)
    assert.match((await who.submit(asked, 'reset-factors')).text, /The second factors are gone\./)
    assert.match((await who.submit(asked, 'reset-factors')).text, /There was no second factor\./)
    for (const { id } of [root, staff]) assert.ok((await who.get(`/admin/users/${id}/reset-factors/`)).status >= 400)

    await enrol(doorward, ada)
    const base = await doorward.listen()
    const headers = await doorward.as(staff, 'token')
    const post = async (id: string) =>
      (await fetch(`${base}/api/admin/users/${id}/reset-factors/`, { method: 'POST', headers })).status
    assert.deepEqual([await post(ada.id), await post(root.id)], [204, 403])
    assert.deepEqual(await doorward.instance.factors.second.waysOf(ada.id), [])
  })
})

async function signedIn(doorward: TestDoorward, { id }: { readonly id: string }): Promise<Person> {
  const who = person(await doorward.listen())
  const { value } = await doorward.instance.sessions.create({ userId: id, amr: ['pwd', 'otp', 'mfa'] })
  who.cookies.set('sessionid', value)
  await who.get('/account/devices/')
  return who
}

async function userOf(doorward: TestDoorward, name: string): Promise<{ readonly user: User }> {
  const found = await doorward.instance.users.findByLogin(name)
  return { user: { kind: 'user', id: found?.id ?? '', name, permissions: new Set() } }
}

function uriIn({ text }: Seen): string {
  return (/href="(otpauth:[^"]*)"/.exec(text)?.[1] ?? '').replaceAll('&amp;', '&')
}

function codesIn({ text }: Seen): readonly string[] {
  return [...text.matchAll(/<li><code>([^<]*)<\/code><\/li>/g)].map(([, code = '']) => code)
}

/** What a browser would send for what the page asks. */
function madeBy(soft: ReturnType<typeof softPasskey>, page: Seen): string {
  return JSON.stringify(soft.create(passkeyOptionsIn(page) as never))
}
