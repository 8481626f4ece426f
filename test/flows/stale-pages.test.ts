import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Person, person, type Seen } from '../../src/screens/person.contract.ts'
import { createTestDoorward } from '../../src/testing/test-doorward.ts'
import { crawl, type Crawled } from '../services/crawl.ts'

const password = 'correct horse battery'
const places = ['/account/', '/portal/']

describe('pages of the account and the portal that were left open', () => {
  it('do nothing once one has signed out, and lead to the page to sign in', async () => {
    await using site = await openSite()
    const { forms } = await crawl(site.ada, places)
    assert.ok(forms.length > 30, `${forms.length} forms`)
    const before = await site.events()
    site.ada.cookies.delete('sessionid')
    for (const [what, seen] of await sendAll(site.ada, forms)) {
      assert.ok(seen.status < 500, `${what} → ${seen.status}`)
      const isRefused = seen.status === 401 || seen.status === 403
      assert.ok(isRefused || seen.path.startsWith('/accounts/login/'), `${what} → ${seen.status} ${seen.path}`)
    }
    assert.deepEqual(await site.events(), before)
  })

  it('do nothing for somebody else who has signed in meanwhile, who did not open them', async () => {
    await using site = await openSite()
    const { forms } = await crawl(site.ada, places)
    const eve = person(site.base)
    await eve.signIn('eve', password)
    const [session, token] = ['sessionid', 'csrftoken'].map((name) => eve.cookies.get(name) ?? '')
    const own = (await site.events()).length
    // Leaving is hers to do: all else is tried while she is a member.
    for (const { page, form } of forms.filter(({ form: one }) => one.fields['action'] !== 'leave')) {
      // Her own proof with what the form of the other one says, and the other one's proof.
      for (const proof of [{ csrfmiddlewaretoken: token ?? '' }, {}]) {
        eve.cookies.set('sessionid', session ?? '')
        const seen = await eve.post(form.to || page, { ...form.fields, ...proof, ...once(form.fields) })
        assert.ok(seen.status < 500, `${form.to || page} → ${seen.status}\n${seen.text}`)
      }
    }
    const since = (await site.log()).slice(own)
    // What she did she did to herself: nothing of Ada, her keys, her organisation or her applications is touched.
    const touched = since.filter(({ subject }) => site.ofAda.some((id) => subject.includes(id)))
    assert.deepEqual(
      touched.map(({ event, subject }) => `${event} ${subject}`),
      [],
    )
    assert.ok(forms.length > 30, `${forms.length} forms`)
  })

  it('say what is gone, once everything that they are about is', async () => {
    await using site = await openSite()
    const { forms, pages } = await crawl(site.ada, places)
    await site.takeAll()
    for (const [what, seen] of await sendAll(site.ada, forms)) {
      assert.ok(seen.status < 500, `${what} → ${seen.status}\n${seen.text}`)
      assert.match(seen.text, /<main[^]*<h1[^]*<\/main>/, what)
    }
    for (const { path } of pages) {
      const seen = await site.ada.get(path)
      assert.ok(seen.status < 500, `GET ${path} → ${seen.status}`)
      if (path.includes(site.acme)) assert.equal(seen.status, 404, path)
    }
  })

  it('do once what is sent twice', async () => {
    await using site = await openSite()
    const { forms } = await crawl(site.ada, places)
    for (const { page, form } of forms.filter(({ form: one }) => Object.hasOwn(one.fields, 'once'))) {
      const to = form.to || page
      const fields = { ...form.fields, name: 'twice', username: 'twice' }
      const all = await Promise.all(Array.from({ length: 5 }, async () => site.ada.post(to, fields)))
      for (const { status, text } of all) assert.ok(status < 500, `${to} → ${status}\n${text}`)
    }
    const [keys, apps] = [await site.keysNamed('twice'), await site.appsNamed('twice')]
    assert.ok(keys <= 1 && apps <= 1, `${keys} keys, ${apps} applications`)
  })
})

/** What comes of all forms, each as it stands on its page. */
async function sendAll(
  who: Person,
  forms: Crawled['forms'],
): Promise<readonly (readonly [what: string, seen: Seen])[]> {
  const all: (readonly [string, Seen])[] = []
  for (const { page, form } of forms) {
    const seen = await who.post(form.to || page, { ...form.fields, ...once(form.fields) })
    all.push([`${form.to || page} ${form.fields['action'] ?? form.id}`, seen])
  }
  return all
}

function once(fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return 'once' in fields ? { once: `${Math.random()}`.slice(2).padEnd(22, '0') } : {}
}

async function openSite() {
  const oauthScopes = { account: 'Use your account', read: 'Read your data' }
  const doorward = await createTestDoorward({ settings: { oauthScopes } })
  const base = await doorward.listen({ isWholeSite: true })
  const { instance } = doorward
  const permissions = ['clients.add', 'service_accounts.add']
  const ada = await doorward.users.create({ username: 'ada', password, email: 'ada@example.org', permissions })
  const eve = await doorward.users.create({ username: 'eve', password })
  const by = { actor: `user:${ada.id}` }
  const { organisations, members, roles, roleGrants, invitations } = instance.orgs
  const limits = { allowedPermissions: ['notes.change'], allowedScopes: ['read'] }
  const { id: acme } = await organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada.id, ...limits })
  // Eve sees the organisation as a plain member does.
  await members.add(acme, eve.id, 'member')
  const role = await roles.create({ name: 'editor', organisationId: acme })
  await roleGrants.grant({ roleId: role.id, userId: eve.id, organisationId: acme })
  await roles.create({ name: 'spare', organisationId: acme })
  const invited = await invitations.create({ organisationId: acme, email: 'carol@example.org', inviterId: ada.id })
  const ofAcme = await instance.serviceAccounts.create(
    { name: 'nightly', organisationId: acme, scopes: ['read'] },
    { by },
  )
  const runner = { kind: 'service_account', id: ofAcme.id } as const
  const { record: runnersKey } = await instance.apiKeys.create({ owner: runner, name: 'runner' })
  const job = await instance.serviceAccounts.create({ name: 'job', ownerId: ada.id, scopes: ['read'] }, { by })
  const { record: key } = await instance.apiKeys.create({ owner: ada, name: 'hers', scopes: ['read'] })
  const { record: token } = await instance.apiTokens.issue({ owner: ada, name: 'laptop', by })
  const given = { name: 'Notes', redirectUris: ['https://app.example/cb'], scopes: ['read'] }
  const { client } = await instance.oauth.clients.create(given, { by, owner: ada.id, source: 'portal' })
  const who = person(base)
  await who.signIn('ada', password)
  const away = person(base)
  await away.signIn('ada', password)
  const log = async () => (await instance.lists.auditLog.list({}, { limit: 1000 })).entries.toReversed()
  return {
    base,
    ada: who,
    acme,
    log,
    events: async () => (await log()).map(({ event, subject }) => `${event} ${subject}`),
    ofAda: [ada.id, acme, role.id, invited.id, ofAcme.id, runnersKey.id, job.id, key.id, token.id, client.id],
    keysNamed: async (name: string) => (await instance.apiKeys.list(ada)).filter((one) => one.name === name).length,
    appsNamed: async (name: string) =>
      (await instance.oauth.clients.list({ owner: ada.id })).clients.filter((one) => one.name === name).length,
    takeAll: async () => {
      await organisations.delete(acme)
      await instance.apiKeys.revoke(key.id, { by })
      await instance.apiTokens.revoke(token.id, { by })
      await instance.serviceAccounts.delete(job.id, { by })
      await instance.oauth.clients.delete(client.id, { by })
      // The newest is the other browser's.
      const [elsewhere] = await instance.sessions.list(ada.id)
      await instance.sessions.end(elsewhere?.id ?? '', ada.id)
    },
    [Symbol.asyncDispose]: doorward.close,
  }
}
