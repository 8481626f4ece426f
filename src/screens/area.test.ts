import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { html } from 'hono/html'
import { sessionCookie } from '../authentication/session-cookie.ts'
import { postForm } from '../pages/forms.ts'
import { allOf } from '../permissions/all-of.ts'
import { anyOf } from '../permissions/any-of.ts'
import { hasPermission } from '../permissions/has-permission.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { isUser } from '../permissions/is-user.ts'
import { createConsumed } from '../storage/consumed.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'
import { type AreaOptions, createArea } from './area.ts'
import { createKeptForms } from './kept-form.ts'
import { createMessages } from './message.ts'
import { person } from './person.contract.ts'
import { leave, type Screen } from './screen.ts'

describe('an area of screens', () => {
  it('leads strangers to sign in and back to the page, with its query', async () => {
    await using doorward = await createTestDoorward()
    const base = await listen(doorward)
    const answer = await person(base).get('/desk/things/?colour=red')
    assert.match(answer.path, /^\/accounts\/login\/\?next=%2Fdesk%2Fthings%2F%3Fcolour%3Dred/)
  })

  it('opens to those who may, and tells others what a screen needs', async () => {
    await using doorward = await createTestDoorward()
    const base = await listen(doorward)
    const ada = await signedIn(doorward, base, 'ada')
    assert.equal((await ada.get('/desk/things/')).status, 200)
    const denied = await ada.get('/desk/staff/')
    assert.equal(denied.status, 403)
    assert.doesNotMatch((await ada.get('/desk/things/')).text, /href="\/desk\/staff\/"/)
    const grace = await signedIn(doorward, base, 'grace', true)
    assert.match((await grace.get('/desk/staff/')).text, /For staff/)
    assert.match((await grace.get('/desk/things/')).text, /href="\/desk\/staff\/"/)
  })

  it('names the permissions that somebody lacks, and no others', async () => {
    await using doorward = await createTestDoorward()
    const base = await listen(doorward)
    const ada = await signedIn(doorward, base, 'ada')
    assert.match((await ada.get('/desk/clients/')).text, /takes the permissions clients\.view and clients\.add, which/)
    await doorward.users.create({ username: 'bob', password: 'correct horse battery', permissions: ['clients.view'] })
    const bob = person(base)
    await bob.signIn('bob', 'correct horse battery')
    assert.match((await bob.get('/desk/clients/')).text, /takes the permission clients\.add, which you do not have/)
    for (const path of ['/desk/staff/', '/desk/either/']) {
      const { status, text } = await ada.get(path)
      assert.equal(status, 403)
      assert.doesNotMatch(text, /takes the permission/)
    }
  })

  it('takes a fixed segment before one that takes any, and refuses paths that could be read differently', async () => {
    await using doorward = await createTestDoorward()
    const base = await listen(doorward)
    const ada = await signedIn(doorward, base, 'ada')
    assert.match((await ada.get('/desk/things/new/')).text, /A new thing/)
    assert.match((await ada.get('/desk/things/blue%20one')).text, /<h1>blue one<\/h1>/)
    for (const path of [
      '/desk/things/a%5Cb/',
      '/desk/things/a%00b/',
      '/desk/things/%252e/',
      '/desk/things//',
      '/desk/none/',
    ]) {
      assert.equal((await ada.get(path)).status, 404, path)
    }
  })

  it('acts on forms of its own alone: token, origin and method are checked (SE10, SE11)', async () => {
    await using doorward = await createTestDoorward()
    const base = await listen(doorward)
    const ada = await signedIn(doorward, base, 'ada')
    const bob = await signedIn(doorward, base, 'bob')
    const page = await ada.get('/desk/things/')
    assert.match((await ada.submit(page, 'paint')).text, /It is painted\./)
    assert.equal((await ada.post('/desk/things/', { action: 'paint' })).status, 403)
    const [, foreign = ''] = /value="([^"]+)"/.exec((await bob.get('/desk/things/')).text) ?? []
    assert.equal((await ada.post('/desk/things/', { action: 'paint', csrfmiddlewaretoken: foreign })).status, 403)
    assert.equal((await ada.submit(page, 'paint', { action: 'constructor' })).status, 400)
    assert.equal((await ada.submit(page, 'paint', { action: '' })).status, 400)
    const cookie = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const body = new URLSearchParams({ action: 'paint', csrfmiddlewaretoken: foreign })
    const elsewhere = { cookie, origin: 'https://evil.example' }
    assert.equal((await fetch(`${base}/desk/things/`, { method: 'POST', headers: elsewhere, body })).status, 403)
    assert.equal((await fetch(`${base}/desk/things/`, { method: 'PUT', headers: { cookie } })).status, 405)
  })

  it('makes one thing of a form that is sent fifty times at once', async () => {
    await using doorward = await createTestDoorward()
    const base = await listen(doorward)
    const ada = await signedIn(doorward, base, 'ada')
    const page = await ada.get('/desk/things/new/')
    const answers = await Promise.all(Array.from({ length: 50 }, async () => ada.submit(page, 'make')))
    assert.equal(answers.filter(({ status, text }) => status === 200 && text.includes('It is made.')).length, 1)
    assert.equal(answers.filter(({ status }) => status === 409).length, 49)
    assert.match(answers.find(({ status }) => status === 409)?.text ?? '', /was sent before/)
    assert.equal((await ada.submit(page, 'make', { once: '' })).status, 400)
  })

  it('asks for a fresh proof where a screen or an action is sensitive (B-ACC-17)', async () => {
    await using doorward = await createTestDoorward()
    const base = await listen(doorward)
    const ada = await signedIn(doorward, base, 'ada')
    assert.equal((await ada.get('/desk/safe/')).path, '/desk/safe/')
    const page = await ada.get('/desk/things/')
    await doorward.clock.advance('601s')
    assert.match((await ada.get('/desk/safe/')).path, /^\/accounts\/confirm\/\w+\/\?next=%2Fdesk%2Fsafe%2F/)
    assert.match((await ada.submit(page, 'burn')).path, /^\/accounts\/confirm\/\w+\/\?next=%2Fdesk%2Fthings%2F/)
    assert.match((await ada.submit(page, 'paint')).text, /It is painted\./)
  })

  it('keeps a form until its sender has proved again who they are (B-ACC-17)', async () => {
    await using doorward = await createTestDoorward()
    const base = await listen(doorward)
    const ada = await signedIn(doorward, base, 'ada')
    const page = await ada.get('/desk/notes/?of=ada')
    await doorward.clock.advance('601s')
    const confirm = await ada.submit(page, 'write', { text: 'Dear <b>', pin: '1234' })
    const kept = ada.cookies.get('keptform') ?? ''
    assert.ok(kept !== '' && !Buffer.from(kept, 'base64url').includes('Dear'))
    const back = await ada.submit(confirm, 'factor', { password: 'correct horse battery' })
    assert.equal(back.path, '/desk/notes/?of=ada')
    assert.match(back.text, /Go on with what you began/)
    assert.doesNotMatch(back.text, /1234/)
    const done = await ada.submit(back, 'write')
    assert.match(done.text, /It says Dear &lt;b&gt; 1234\./)
    assert.equal(ada.cookies.has('keptform'), false)
    // Once it is done it is gone, and so it is for whoever begins anew.
    assert.doesNotMatch((await ada.get('/desk/notes/?of=ada')).text, /Go on/)
    await doorward.clock.advance('601s')
    const second = await ada.get('/desk/notes/?of=ada')
    await ada.submit(await ada.submit(second, 'write', { text: 'x' }), 'factor', { password: 'correct horse battery' })
    const open = await ada.get('/desk/notes/?of=ada')
    assert.match(open.text, /href="\/desk\/notes\/\?of=ada&amp;anew=1"/)
    assert.doesNotMatch((await ada.get('/desk/notes/?of=ada&anew=1')).text, /Go on/)
    // Cancelled is cancelled.
    assert.equal(ada.cookies.has('keptform'), false)
    assert.doesNotMatch((await ada.get('/desk/notes/?of=ada')).text, /Go on/)
    // The button of a page that was left open until it is gone sends no empty form in its place.
    assert.equal((await ada.submit(open, 'write')).status, 409)
    await ada.submit(second, 'write', { text: 'x' })
    // Another page, and another sign-in, know nothing of it.
    assert.doesNotMatch((await ada.get('/desk/notes/')).text, /Go on/)
    const other = person(base)
    await other.signIn('ada', 'correct horse battery')
    other.cookies.set('keptform', ada.cookies.get('keptform') ?? '')
    assert.doesNotMatch((await other.get('/desk/notes/?of=ada')).text, /Go on/)
    // What is more than a cookie holds is typed again.
    await doorward.clock.advance('601s')
    ada.cookies.delete('keptform')
    const third = await ada.get('/desk/notes/?of=ada')
    const long = await ada.submit(third, 'write', { text: 'x'.repeat(5000) })
    assert.match((await ada.submit(long, 'factor', { password: 'correct horse battery' })).text, /<h1>Notes<\/h1>/)
  })

  it('puts no words of others on its pages: a message is signed', async () => {
    await using doorward = await createTestDoorward()
    const base = await listen(doorward)
    const ada = await signedIn(doorward, base, 'ada')
    ada.cookies.set('message', `${Buffer.from('Call 555-0100').toString('base64url')}.AAAA`)
    assert.doesNotMatch((await ada.get('/desk/things/')).text, /555-0100/)
  })

  it('cannot have two screens of one path', () => {
    assert.throws(() => createArea({ screens: [screens[0], screens[0]] } as unknown as AreaOptions), TypeError)
  })
})

const needsClients = allOf(isUser, hasPermission('clients.view'), hasPermission('clients.add'))

const screens: readonly Screen[] = [
  {
    path: 'things/:id/',
    show: async ({ params }) => ({ title: params['id'] ?? '', content: html`` }),
  },
  {
    path: 'things/',
    menu: { text: 'Things' },
    show: async ({ path, form }) => ({
      title: 'Things',
      content: html`${postForm({ to: path, proof: form, action: 'paint', button: 'Paint' })}
      ${postForm({ to: path, proof: form, action: 'burn', button: 'Burn' })}`,
    }),
    actions: {
      paint: { run: async ({ path }) => leave(path, 'It is painted.') },
      burn: { isSensitive: true, run: async ({ path }) => leave(path, 'It is burnt.') },
    },
  },
  {
    path: 'notes/',
    show: async ({ path, query, form }) => ({
      title: 'Notes',
      content: postForm({
        to: `${path}?${query}`,
        proof: form,
        action: 'write',
        button: 'Write',
        content: html`<input name="text" type="text" value="" /><input name="pin" type="text" value="" />`,
      }),
    }),
    actions: {
      write: {
        isSensitive: true,
        run: async ({ text }) => ({ title: 'Done', content: html`<p>It says ${text('text')} ${text('pin')}.</p>` }),
      },
    },
  },
  {
    path: 'things/new/',
    show: async ({ path, onceForm }) => ({
      title: 'A new thing',
      content: postForm({ to: path, proof: onceForm, action: 'make', button: 'Make' }),
    }),
    actions: { make: { isOnce: true, run: async () => ({ title: 'Made', content: html`<p>It is made.</p>` }) } },
  },
  { path: 'safe/', isSensitive: true, show: async () => ({ title: 'Safe', content: html`` }) },
  {
    path: 'staff/',
    menu: { text: 'Staff', group: 'More' },
    permission: isStaff,
    show: async () => ({ title: 'For staff', content: html`` }),
  },
  { path: 'clients/', permission: needsClients, show: async () => ({ title: 'Clients', content: html`` }) },
  {
    path: 'either/',
    permission: anyOf(hasPermission('clients.add'), isStaff),
    show: async () => ({ title: 'Either', content: html`` }),
  },
]

async function listen(doorward: TestDoorward): Promise<string> {
  return doorward.listen({
    routes: (auth, { sessions, csrf, sealer, database, clock }) => [
      createArea({
        door: auth.with({ authenticators: [sessionCookie({ sessions, csrf, cookie: sessions.cookieName })] }),
        csrf,
        messages: createMessages({ key: sealer.derive('messages'), secure: false }),
        kept: createKeptForms({ sealer, secure: false, clock }),
        consumed: createConsumed({ database, clock }),
        secure: false,
        clock,
        areas: async () => [{ href: '/desk/', text: 'Desk' }],
        path: '/desk/',
        name: 'Desk',
        permission: isUser,
        screens,
      }),
    ],
  })
}

async function signedIn(
  doorward: TestDoorward,
  base: string,
  username: string,
  staff = false,
): Promise<ReturnType<typeof person>> {
  await doorward.users.create({ username, password: 'correct horse battery', isStaff: staff })
  const who = person(base)
  await who.signIn(username, 'correct horse battery')
  return who
}
