import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addSoftPasskey } from '../factors/passkey-person.contract.ts'
import { type Person, person } from '../screens/person.contract.ts'
import type { NewClient } from '../oauth/client-actions.ts'
import { formatId, parseId } from '../storage/id.ts'
import { listFamilies } from '../tokens/family-list.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'

describe('the overview of an account', () => {
  it('shows how it stands, what happened, and one thing to do', async () => {
    await using doorward = await createTestDoorward()
    const { base, ada } = await open(doorward)
    await person(base).signIn('ada', 'wrong')
    const page = await ada.get('/account/')
    assert.match(page.text, /Somebody tried to sign in with a wrong password/)
    assert.match(page.text, /not verified/)
    // It is written some seconds later, and one is signed in.
    assert.match(page.text, /<dt>Last sign-in<\/dt>\s*<dd>\s*<time/)
    assert.equal(page.text.match(/id="recommended"/g)?.length, 1)
    assert.match(page.text, /Add a passkey/)
  })
})

describe('the password', () => {
  it('is changed with a word on how strong it is, and what was chosen stays where something was wrong [U3]', async () => {
    await using doorward = await createTestDoorward()
    const { base, ada } = await open(doorward)
    const other = person(base)
    await other.signIn('ada', 'correct horse battery')
    const page = await ada.get('/account/password/')
    const box = /<input\s+id="end_sessions"[^>]*\schecked/
    assert.match(page.text, box)
    const wrong = { current_password: 'wrong', new_password: 'twelve letters', end_sessions: '' }
    const again = await ada.submit(page, 'change', wrong)
    assert.match(again.text, /The current password is not right/)
    assert.doesNotMatch(again.text, box, 'what was unticked stays so')
    const right = { current_password: 'correct horse battery', new_password: 'twelve char.' }
    const short = await ada.submit(again, 'change', right)
    assert.match(short.text, /Your password is changed\. It is rather short: [^]*Other devices stay signed in\./)
    assert.equal((await other.get('/account/')).path, '/account/')

    for (const [current, next, words] of [
      ['twelve char.', 'fourteen chars', /It is good\./],
      ['fourteen chars', 'a sentence that nobody has said', /It is long, and so it is strong\./],
    ] as const) {
      const filled = { current_password: current, new_password: next }
      assert.match((await ada.submit(await ada.get('/account/password/'), 'change', filled)).text, words)
    }
    assert.equal((await other.get('/account/')).path, '/accounts/login/?next=%2Faccount%2F')
  })
})

describe('connected apps', () => {
  it('are listed with what each may, and taken out after a page that says what stops', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    assert.match((await ada.get('/account/apps/')).text, /You have let no application in/)
    const clientId = await allow(doorward, id)
    const list = await ada.get('/account/apps/')
    assert.match(list.text, /Notes/)
    assert.match(list.text, /Read your data/)
    const asked = await ada.get(`/account/apps/${clientId}/`)
    assert.match(asked.text, /cannot use your account any more/)
    assert.match((await ada.submit(asked, 'withdraw')).text, /The application is out/)
    assert.deepEqual(await doorward.instance.oauth.allowedClients.list(id), [])
    assert.equal((await ada.submit(asked, 'withdraw')).status, 404)
    assert.equal((await ada.get(`/account/apps/${clientId}/`)).status, 404)
    assert.equal((await ada.get('/account/apps/nonsense/')).status, 404)
  })

  it('say who stands behind each, whether somebody here has looked at it, and when it was last used', async () => {
    await using doorward = await createTestDoorward()
    const { base, ada, id } = await open(doorward)
    const { database, orgs, oauth } = doorward.instance
    const bob = await doorward.users.create({ username: 'bob<b>' })
    const eve = await doorward.users.create({ username: 'eve@example.org', email: 'eve@example.org' })
    const acme = await orgs.organisations.create({ name: 'Acme <b>', slug: 'acme', ownerId: bob.id })
    const shown: readonly (readonly [Parameters<typeof allow>[2], RegExp, object])[] = [
      [
        { organisation: acme.id, source: 'portal' },
        /It belongs to the organisation <bdi>Acme &lt;b&gt;<\/bdi>\s+\(<bdi>acme<\/bdi>\)\.\s+Nobody who runs this site has looked at it\./,
        { kind: 'organisation', name: 'Acme <b>', slug: 'acme' },
      ],
      [
        { owner: bob.id, source: 'portal' },
        /It belongs to <bdi>bob&lt;b&gt;<\/bdi>, a person with an account here\.\s+Nobody who runs/,
        { kind: 'person', name: 'bob<b>', slug: null },
      ],
      [
        { owner: eve.id, source: 'portal' },
        /It belongs to a person with an account here\.\s+Nobody who runs/,
        { kind: 'person', name: null, slug: null },
      ],
      [
        { source: 'document', identifier: 'https://notes.example/client.json' },
        /It comes from <bdi>notes\.example<\/bdi>\.\s+Nobody who runs/,
        { kind: 'site', name: 'notes.example', slug: null },
      ],
      [
        { source: 'dynamic' },
        /Nobody here answers for it\.\s+Nobody who runs/,
        { kind: 'nobody', name: null, slug: null },
      ],
      [
        {},
        /It was registered by those who run this site\.\s+Somebody who runs this site has looked at it\./,
        { kind: 'operator', name: null, slug: null },
      ],
    ]
    const headers = { cookie: [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
    for (const [of, words, publisher] of shown) {
      const clientId = await allow(doorward, id, of)
      const { text } = await ada.get('/account/apps/')
      assert.match(text, words)
      assert.match(text, /When it was last used is not known\./)
      assert.doesNotMatch(text, /eve@/)
      const answer = await fetch(`${base}/api/applications/`, { headers })
      const [listed] = (await answer.json()) as { readonly publisher: unknown; readonly last_used_at: unknown }[]
      assert.deepEqual(listed?.publisher, publisher)
      assert.equal(listed?.last_used_at, null)
      await oauth.allowedClients.withdraw(id, clientId, { actor: 'system' })
    }

    const clientKey = parseId(await allow(doorward, id)) ?? 0n
    const now = doorward.clock.now()
    const grant = { clientKey, userId: parseId(id) ?? 0n, signInId: null, scopes: ['read', 'write'], resources: [] }
    const more = { isOffline: true, expiresAt: now + 86_400_000, detail: { by: 'authorization_code' } } as const
    const rows = [1, 2, 3].map(() => oauth.grants.make({ ...grant, ...more }))
    await database.append({
      grants: rows.map((row, index) => ({
        ...row,
        last_used_at: now - 3_600_000 * (index + 1),
        // What is over since was used all the same, and is not counted among what stops.
        ...(index === 0 ? { revoked_at: now, revoked_for: 'signed_out' } : {}),
      })),
    })
    const at = new Date(now - 3_600_000).toISOString()
    const { text } = await ada.get('/account/apps/')
    assert.match(text, new RegExp(`Last used\\s+<time datetime="${at.slice(0, 16)}`))
    const asked = await ada.get(`/account/apps/${formatId(clientKey)}/`)
    assert.match(asked.text, /it is signed out of your account, in all 2 places where you let it in/)
    assert.match(asked.text, /what it does while you are away/)
    assert.match(asked.text, /<ul class="points" id="allowed">\s*<li>Read your data<\/li>/)
    assert.match((await ada.get('/account/secure/?step=4')).text, /Notes, let in\s+<time.*last used\s+<time/s)
  })

  it('are taken out too whose document says what is wrong, or is not there any more', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    // Documents are off: nothing is found at this address.
    const identifier = 'https://notes.example/client.json'
    await allow(doorward, id, { source: 'document', identifier })
    assert.equal(await doorward.instance.oauth.findClient(identifier), null)
    const asked = await ada.get(`/account/apps/${encodeURIComponent(identifier)}/`)
    assert.match((await ada.submit(asked, 'withdraw')).text, /The application is out/)
    assert.deepEqual(await doorward.instance.oauth.allowedClients.list(id), [])
  })

  it('say in which organisations each may act, where it is not all of them', async () => {
    await using doorward = await createTestDoorward()
    const { base, ada, id } = await open(doorward)
    const { database, orgs } = doorward.instance
    const acme = await orgs.organisations.create({ name: 'Acme <b>', slug: 'acme', ownerId: id })
    const zeta = await orgs.organisations.create({ name: 'Zeta', slug: 'zeta', ownerId: id })
    const clientId = await allow(doorward, id)
    assert.doesNotMatch((await ada.get('/account/apps/')).text, /Only in/)
    const [user_id, client_id] = [parseId(id) ?? 0n, parseId(clientId) ?? 0n]
    const now = doorward.clock.now()
    const headers = { cookie: [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
    const shown = async (): Promise<unknown> => {
      const answer = await fetch(`${base}/api/applications/`, { headers })
      return ((await answer.json()) as { organisations: unknown }[])[0]?.organisations
    }
    assert.equal(await shown(), null)
    await database.write(async (unit) => unit.updateTable('consents').set({ everywhere: 0 }).execute())
    assert.deepEqual(await shown(), [])
    assert.match((await ada.get('/account/apps/')).text, /For organisations that you are in no longer/)
    for (const one of [zeta, acme]) {
      const organisation_id = parseId(one.id) ?? 0n
      await database.append({
        organisation_choices: { user_id, client_id, organisation_id, is_preferred: 0, chosen_at: now },
      })
    }
    assert.match((await ada.get('/account/apps/')).text, /Only in <bdi>Acme &lt;b&gt;<\/bdi> and <bdi>Zeta<\/bdi>\./)
    assert.deepEqual(await shown(), [
      { id: acme.id, name: 'Acme <b>', slug: 'acme' },
      { id: zeta.id, name: 'Zeta', slug: 'zeta' },
    ])
    await orgs.organisations.delete(acme.id)
    assert.match((await ada.get('/account/apps/')).text, /Only in <bdi>Zeta<\/bdi>\./)
    // A grant of before that names none is for all of them.
    const grant = doorward.instance.oauth.grants.make({
      clientKey: client_id,
      userId: user_id,
      signInId: null,
      scopes: ['read'],
      resources: [],
      isOffline: false,
      expiresAt: now + 60_000,
      detail: { by: 'authorization_code' },
    })
    await database.append({ grants: grant })
    assert.equal(await shown(), null)
  })
})

describe('keys and tokens', () => {
  it('are shown without their secrets, revoked one by one, and never those of others (B-STO-03, B-STO-08)', async () => {
    await using doorward = await createTestDoorward()
    const { base, ada, id } = await open(doorward)
    const bob = await doorward.users.create({ username: 'bob', password: 'correct horse battery' })
    const { apiTokens } = doorward.instance
    const { text } = await apiTokens.issue({ owner: { kind: 'user', id }, name: 'script' })
    const others = await apiTokens.issue({ owner: { kind: 'user', id: bob.id }, name: 'bobs' })
    const pair = await obtain(base, 'ada')
    const bobs = await obtain(base, 'bob')

    const page = await ada.get('/account/tokens/')
    assert.match(page.text, /script/)
    assert.doesNotMatch(page.text, new RegExp(`bobs|${text}`))
    assert.match((await ada.submit(page, 'revoke-token')).text, /The token is revoked/)
    assert.equal(await apiTokens.find(text), null)
    assert.match((await ada.submit(page, 'revoke-token')).text, /revoked already/)
    assert.match((await ada.submit(page, 'revoke-token', { id: others.record.id })).text, /revoked already/)
    assert.notEqual(await apiTokens.find(others.text), null)

    const [family] = await listFamilies(doorward.instance.database, bob.id, doorward.clock.now())
    assert.match((await ada.submit(page, 'end-program', { id: family?.id ?? '' })).text, /signed out already/)
    assert.match((await ada.submit(page, 'end-program')).text, /The program is signed out/)
    assert.equal(await refreshes(base, pair), 401)
    assert.equal(await refreshes(base, bobs), 200)
  })
})

describe('activity', () => {
  it('is what one did and what was done to one, in words, and never that of others', async () => {
    await using doorward = await createTestDoorward()
    const { base, ada, id } = await open(doorward)
    await doorward.users.create({ username: 'bob', password: 'correct horse battery' })
    await person(base).signIn('bob', 'correct horse battery')
    const by = { actor: 'user:00000000001', address: '192.0.2.1' }
    await doorward.instance.users.update(id, { email: 'ada@new.example' }, by)
    const page = await ada.get('/account/activity/')
    assert.match(page.text, /You signed in\./)
    assert.match(page.text, /The account was changed\./)
    assert.match(page.text, /an administrator/)
    assert.doesNotMatch(page.text, /00000000001|bob/)
  })

  it('pages by links, each event once, and refuses a page that is none (AD12)', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    const owner = { kind: 'user', id } as const
    for (let number = 0; number < 60; number += 1) {
      await doorward.instance.apiKeys.create({ owner, name: `key ${number}` })
    }
    const first = await ada.get('/account/activity/')
    const [, after = ''] = /href="\/account\/activity\/\?after=([^"]+)"/.exec(first.text) ?? []
    const second = await ada.get(`/account/activity/?after=${after}`)
    const seen = [first, second].flatMap(({ text }) =>
      [...text.matchAll(/API key (key \d+) was made/g)].map(([, key]) => key),
    )
    assert.equal(seen.length, 60)
    assert.equal(new Set(seen).size, 60)
    assert.equal((await ada.get('/account/activity/?after=forged')).status, 400)
  })
})

describe('securing an account', () => {
  it('goes through sessions, password, applications and keys, one at a time', async () => {
    await using doorward = await createTestDoorward()
    const { base, ada, id } = await open(doorward)
    const thief = person(base)
    await thief.signIn('ada', 'correct horse battery')
    const { key } = await doorward.instance.apiKeys.create({ owner: { kind: 'user', id }, name: 'nightly' })

    const old = await doorward.instance.apiTokens.issue({ owner: { kind: 'user', id }, name: 'old script' })
    const first = await ada.get('/account/secure/')
    assert.match(first.text, /Step 1 of 5/)
    const second = await ada.submit(first, 'end-others')
    assert.match(second.text, /Step 2 of 5/)
    assert.match((await thief.get('/account/')).path, /^\/accounts\/login\//)
    const password = await ada.get('/account/password/?from=secure')
    const third = await ada.submit(password, 'change', {
      current_password: 'correct horse battery',
      new_password: 'another long password',
    })
    assert.match(third.text, /Step 3 of 5/)
    assert.match(third.text, /ada@example\.com<\/bdi><\/strong> leads to a new password/)
    await allow(doorward, id)
    const fourth = await ada.get('/account/secure/?step=4')
    assert.match((await ada.submit(fourth, 'withdraw')).text, /The application is out/)
    assert.match((await ada.submit(fourth, 'withdraw')).text, /out already/)
    const fifth = await ada.get('/account/secure/?step=5')
    assert.match((await ada.submit(fifth, 'revoke')).text, /The key is revoked/)
    assert.equal(await doorward.instance.apiKeys.find(key, { address: null }), null)
    assert.equal((await ada.submit(fifth, 'revoke', { key: '00000000001' })).status, 404)
    assert.match((await ada.submit(fifth, 'revoke-token')).text, /The token is revoked/)
    assert.match((await ada.submit(fifth, 'revoke-token', { id: old.record.id })).text, /revoked already/)
    assert.match((await ada.get('/account/secure/?step=99')).text, /Step 1 of 5/)
  })

  it('shows what a stranger may have left to get in by, and programs that are signed in', async () => {
    await using doorward = await createTestDoorward()
    const { base, ada, id } = await open(doorward)
    const user = { kind: 'user', id, name: 'ada', permissions: new Set<string>() } as const
    const signedIn = await fetch(`${base}/api/token/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'ada', password: 'correct horse battery' }),
    })
    assert.equal(signedIn.status, 200)
    await addSoftPasskey(doorward, user)
    const ways = await ada.get('/account/secure/?step=3')
    const [, place = ''] = /href="(\/account\/passkeys\/\w+\/)"/.exec(ways.text) ?? []
    assert.equal((await ada.get(place)).status, 200)
    const last = await ada.get('/account/secure/?step=5')
    assert.match((await ada.submit(last, 'end-program')).text, /The program is signed out/)
    assert.match((await ada.submit(last, 'end-program')).text, /signed out already/)
    assert.match((await ada.get('/account/secure/?step=5')).text, /You have no API keys, no tokens/)
  })
})

async function open(doorward: TestDoorward): Promise<{ base: string; ada: Person; id: string }> {
  const base = await doorward.listen()
  const { id } = await doorward.users.create({
    username: 'ada',
    email: 'ada@example.com',
    password: 'correct horse battery',
  })
  const ada = person(base)
  await ada.signIn('ada', 'correct horse battery')
  return { base, ada, id }
}

async function obtain(base: string, username: string): Promise<string> {
  const body = new URLSearchParams({ username, password: 'correct horse battery' })
  const answer = (await (await fetch(`${base}/api/token/`, { method: 'POST', body })).json()) as { refresh: string }
  return answer.refresh
}

async function refreshes(base: string, refresh: string): Promise<number> {
  return (await fetch(`${base}/api/token/refresh/`, { method: 'POST', body: new URLSearchParams({ refresh }) })).status
}

/** Lets an application in, as the consent page does. Gives its `client_id`. */
async function allow(
  doorward: TestDoorward,
  userId: string,
  of: Pick<NewClient, 'owner' | 'organisation' | 'source' | 'identifier'> = {},
): Promise<string> {
  const { oauth, database } = doorward.instance
  const values = {
    name: 'Notes',
    authMethod: 'none',
    redirectUris: ['https://app.example/cb'],
    scopes: ['read'],
  } as const
  const { client } = await oauth.clients.create(values, { by: { actor: 'system' }, ...of })
  const now = doorward.clock.now()
  const query = database.read.selectFrom('clients').select('id').where('identifier', '=', client.id)
  const row = await query.executeTakeFirstOrThrow()
  await database.append({
    consents: {
      everywhere: 1,
      user_id: parseId(userId) ?? 0n,
      client_id: row.id,
      scopes: 'read',
      resources: '',
      created_at: now,
      updated_at: now,
    },
  })
  return client.id
}
