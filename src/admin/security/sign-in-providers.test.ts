import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSite, providerAt, type Site, visitor, type Visitor, whoIs } from '../../social/social.contract.ts'
import { type StandIn, startStandIn } from '../../social/stand-in.contract.ts'

const place = '/admin/sign-in-providers/'

async function open(
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ site: Site; acme: StandIn; staff: Visitor }> {
  const acme = await startStandIn()
  const rules = [{ claim: 'groups', value: 'eng', groups: ['Engineers'], staff: true }]
  const site = await openSite({ settings: { signInProviders: [providerAt(acme, { rules, ...more })] } })
  acme.clock = () => site.time.now
  await site.addUser({ username: 'grace', isStaff: true })
  const staff = visitor()
  await staff.signIn(site, 'grace')
  return { site, acme, staff }
}

describe('the sign-in providers in the console', () => {
  it('are listed with how much they are used, and shown without their secrets', async () => {
    const { site, staff } = await open({ linkByEmail: true })
    await visitor().continueWith(site, 'acme')
    const list = await staff.get(site.base + place)
    assert.match(list.text, /Acme/)
    assert.match(list.text, /<td [^>]*class="number">1<\/td>/)
    const shown = await staff.get(`${site.base}${place}acme/`)
    assert.match(shown.text, /\/accounts\/social\/acme\/callback\//)
    assert.match(shown.text, /Engineers/)
    assert.doesNotMatch(list.text + shown.text, /a secret of it/)
    assert.equal((await staff.get(`${site.base}${place}nonsense/`)).status, 404)
  })

  it('can be tried out: what they said and what would come of it is shown, and nothing is changed', async () => {
    const { site, acme, staff } = await open()
    const tested = async (): Promise<string> => {
      const page = await staff.submit(await staff.get(`${site.base}${place}acme/`), 'test-test-form')
      assert.equal(page.status, 200, page.text)
      return page.text
    }
    const before = await whoIs(site, staff)
    acme.person = { ...acme.person, groups: ['eng', '<script>'], nested: { deep: [1] } }
    const first = await tested()
    assert.match(first, /An account would be made here/)
    assert.match(first, /ada@example\.org, verified/)
    assert.match(first, /<dd>Engineers<\/dd>/)
    assert.match(first, /\{&quot;deep&quot;:\[1\]\}/)
    assert.doesNotMatch(first, /<script>"|access-\d|refresh-\d/)
    await site.addUser({ username: 'ada', email: 'ada@example.org' })
    assert.match(await tested(), /asked to prove that it is theirs/)
    assert.deepEqual([await site.count('users'), await site.count('linked_accounts')], [2, 0])
    assert.equal(await whoIs(site, staff), before)
    acme.person = { sub: 'new' }
    await visitor().continueWith(site, 'acme')
    assert.match(await tested(), /is linked with one here/)
  })

  it('are for staff, who proved who they are a short while ago', async () => {
    const { site, acme, staff } = await open()
    await site.addUser({ username: 'bob' })
    const bob = visitor()
    await bob.signIn(site, 'bob')
    assert.equal((await bob.get(site.base + place)).status, 403)
    const page = await staff.get(`${site.base}${place}acme/`)
    site.time.now += 601_000
    const stale = await staff.submit(page, 'test-test-form')
    assert.equal(stale.url.pathname, '/accounts/login/')
    const account = await bob.get(`${site.base}/account/linked/`)
    assert.equal(account.status, 200)
    const forged = await bob.submit(account, 'acme-link-form', { purpose: 'test' })
    assert.equal(forged.status, 403)
    assert.equal(acme.asked.length, 0)
  })
})

describe('the linked sign-ins of a user, in the console', () => {
  it('are shown with a warning about the last way in, and unlinked by those who may', async () => {
    const { site, staff } = await open()
    const ada = visitor()
    await ada.continueWith(site, 'acme')
    const id = (await whoIs(site, ada)) ?? ''
    const page = await staff.get(`${site.base}/admin/users/${id}/linked/`)
    assert.match(page.text, /person-1/)
    assert.match(page.text, /This is their only way in/)
    const [link] = await site.instance.social.linked.list(id)
    const done = await staff.submit(page, `unlink-${link?.id}-form`)
    assert.match(done.text, /The account of acme is unlinked/)
    assert.match(done.text, /They sign in with no other provider/)
    const [event] = await site.events('linked_account.removed')
    assert.notEqual(event?.actor, `user:${id}`)
  })

  it('of administrators are unlinked by superusers alone', async () => {
    const { site, staff } = await open()
    const { id } = await site.addUser({ username: 'root', isStaff: true, isSuperuser: true })
    const root = visitor()
    await root.signIn(site, 'root')
    await root.submit(await root.get(`${site.base}/account/linked/`), 'acme-link-form')
    const [link] = await site.instance.social.linked.list(id)
    const page = await staff.get(`${site.base}/admin/users/${id}/linked/`)
    assert.doesNotMatch(page.text, /unlink-/)
    const own = await staff.get(`${site.base}${place}acme/`)
    const csrfmiddlewaretoken = /name="csrfmiddlewaretoken"\s+value="([^"]*)"/.exec(own.text)?.[1] ?? ''
    const fields = { action: 'unlink', account: link?.id ?? '', csrfmiddlewaretoken }
    assert.equal((await staff.post(`${site.base}/admin/users/${id}/linked/`, fields)).status, 403)
    assert.equal((await site.instance.social.linked.list(id)).length, 1)
  })
})
