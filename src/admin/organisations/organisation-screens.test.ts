import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Console, openConsole } from '../console.contract.ts'

describe('organisations, in the console', () => {
  it('are made by a form that is sent once, with an owner, and listed by name and status', async () => {
    await using at = await openConsole()
    const { staff, doorward } = at
    assert.match((await staff.get('/admin/organisations/')).text, /skip this unless you serve several customers/)
    const form = await staff.get('/admin/organisations/new/')
    const made = await staff.submit(form, 'create', { name: 'Acme Inc.', slug: '', owner: 'ada' })
    assert.match(made.path, /^\/admin\/organisations\/[\dA-Za-z]{11}\/settings\/$/)
    assert.match(made.text, /The organisation is made\./)
    assert.equal((await staff.submit(form, 'create', { name: 'Acme Inc.', owner: 'ada' })).status, 409)
    const acme = await doorward.instance.orgs.organisations.findBySlug('acme-inc')
    assert.equal((await doorward.instance.orgs.members.list(acme?.id ?? '')).members[0]?.username, 'ada')
    for (const [fields, said] of [
      [{ name: 'Acme Inc.', owner: 'ada' }, /The short name of the organisation is taken/],
      [{ name: 'X', owner: 'nobody' }, /Give the username, or the verified e-mail, of a user/],
      [{ name: 'X', slug: 'A B', owner: 'ada' }, /A short name such as acme is needed/],
      [{ name: ' ', slug: 'x', owner: 'ada' }, /A name is needed/],
    ] as const) {
      const page = await staff.submit(await staff.get('/admin/organisations/new/'), 'create', fields)
      assert.equal(page.status, 400)
      assert.match(page.text, said)
    }
    assert.match((await staff.get('/admin/organisations/?search=ACME')).text, /acme-inc/)
    assert.match((await staff.get('/admin/organisations/?search=x')).text, /None matches/)
    assert.match((await staff.get('/admin/organisations/?status=suspended')).text, /None matches/)
  })

  it('have limits that staff set, and say what is wrong with them', async () => {
    await using at = await openConsole()
    const { staff, doorward } = at
    const place = await organisation(at)
    const page = await staff.get(`${place}settings/`)
    const typed = { key_days: '90', permissions: 'notes.view\nnotes.change', scopes: 'read write', second_factor: 'on' }
    assert.match((await staff.submit(page, 'change', typed)).text, /It is saved\./)
    const acme = await doorward.instance.orgs.organisations.findBySlug('acme')
    assert.deepEqual(
      [acme?.longestKeyLifetime, acme?.allowedPermissions, acme?.allowedScopes, acme?.secondFactorRequired],
      [90 * 86_400, ['notes.view', 'notes.change'], ['read', 'write'], true],
    )
    for (const [fields, said] of [
      [{ key_days: 'x' }, /A lifetime from a minute/],
      [{ scopes: 'a"b' }, /A scope is a word/],
      [{ permissions: 'a$b' }, /A permission is a word/],
    ] as const) {
      const refused = await staff.submit(await staff.get(`${place}settings/`), 'change', fields)
      assert.equal(refused.status, 400)
      assert.match(refused.text, said)
    }
    await staff.submit(await staff.get(`${place}settings/`), 'change', { second_factor: null, key_days: '' })
    const later = await doorward.instance.orgs.organisations.findBySlug('acme')
    assert.deepEqual([later?.longestKeyLifetime, later?.secondFactorRequired], [null, false])
  })

  it('end each page of what is theirs with its history, and with the same thing for programs', async () => {
    await using at = await openConsole()
    const { staff, doorward } = at
    const place = await organisation(at)
    const { organisations, roles } = doorward.instance.orgs
    const acme = (await organisations.findBySlug('acme'))?.id ?? ''
    const by = { actor: 'system' }
    const role = await roles.create({ name: 'clerk', organisationId: acme, permissions: [] }, by)
    const account = await doorward.instance.serviceAccounts.create({ name: 'Nightly', organisationId: acme }, { by })
    const group = await doorward.instance.groups.create({ name: 'Editors', permissions: [] }, by)
    const everywhere = await roles.create({ name: 'auditor', permissions: [] }, by)
    for (const [page, event, stanza] of [
      [`${place}roles/${role.id}/`, 'role.created', /&quot;organisation&quot;: &quot;acme&quot;/],
      [
        `${place}service-accounts/${account.id}/`,
        'service_account.created',
        /&quot;organisation&quot;: &quot;acme&quot;/,
      ],
      [`/admin/groups/${group.id}/`, 'group.created', /&quot;groups&quot;/],
      [`/admin/roles/${everywhere.id}/`, 'role.created', /&quot;roles&quot;/],
    ] as const) {
      const { text } = await staff.get(page)
      const foot = text.slice(text.indexOf('history-heading'))
      assert.ok(foot.includes(`<strong>${event}</strong> by`), page)
      assert.match(foot, /Copy as API call[^]*Copy as config/, page)
      assert.match(foot, stanza, page)
      // The call that is shown is one that there is.
      const [, call = ''] = /(\/api\/admin\/[^'&\s]+)/.exec(foot) ?? []
      assert.equal((await staff.get(call)).status, 200, call)
    }
  })

  it('are suspended after a page that counts what stops, and go on; a stale page does no harm', async () => {
    await using at = await openConsole()
    const { staff, doorward, ada } = at
    const place = await organisation(at)
    const asking = await staff.get(`${place}suspend/`)
    assert.match(asking.text, /1 membership/)
    const done = await staff.submit(asking, 'suspend')
    assert.match(done.text, /The organisation is suspended\.[^]*Suspended/)
    assert.equal((await staff.submit(asking, 'suspend')).status, 200)
    const resumed = await staff.submit(await staff.get(place), 'resume')
    assert.match(resumed.text, /The organisation goes on\./)
    assert.equal((await staff.submit(done, 'resume')).status, 200)
    assert.match(resumed.text, /organisation\.resumed/)
    const { organisations } = doorward.instance.orgs
    assert.equal((await organisations.findBySlug('acme'))?.suspendedAt, null)
    await organisations.delete((await organisations.findBySlug('acme'))?.id ?? '')
    assert.equal((await staff.submit(asking, 'suspend')).status, 404)
    assert.equal((await (await at.signedIn(ada)).get('/account/organisations/')).status, 200)
  })

  it('are looked after whatever they are, and by nobody who is not staff', async () => {
    await using at = await openConsole()
    const { staff, ada, staffUser } = at
    const place = await organisation(at)
    const invited = await staff.submit(await staff.get(`${place}invitations/new/`), 'invite', {
      email: 'x@example.org',
      standing: 'owner',
    })
    assert.match(invited.text, /id="link"/)
    assert.match((await staff.get('/admin/invitations/')).text, /x@example\.org[^]*Acme[^]*the administration/)
    assert.match((await staff.get('/admin/invitations/?state=accepted')).text, /None is in this state/)
    const list = await staff.get('/admin/invitations/')
    assert.equal((await staff.submit(list, 'resend')).status, 409)
    assert.match((await staff.submit(list, 'cancel')).text, /The invitation is cancelled/)
    const member = await at.signedIn(ada)
    for (const path of [place, `${place}members/`, '/admin/organisations/', '/admin/invitations/', '/admin/roles/']) {
      assert.equal((await member.get(path)).status, 403, path)
    }
    assert.equal((await staff.get(`${place}members/${staffUser.id}/`)).status, 404)
  })
})

describe('roles, in the console', () => {
  it('are made, cloned, compared, changed and deleted, but for what is built in', async () => {
    await using at = await openConsole()
    const { staff, doorward } = at
    const form = await staff.get('/admin/roles/new/')
    const made = await staff.submit(form, 'create', { name: 'editor', permissions: 'notes.view notes.change' })
    assert.match(made.text, /The role is made\./)
    assert.equal((await staff.submit(form, 'create', { name: 'editor' })).status, 409)
    const taken = await staff.submit(await staff.get('/admin/roles/new/'), 'create', { name: 'editor' })
    assert.match(taken.text, /The name of the role is taken/)
    // The permissions of roles that there are stand in the matrix, with a box for each.
    const page = await staff.get(made.path)
    assert.match(page.text, /name="permission_notes\.change"[^>]*checked/)
    const changed = await staff.submit(page, 'change', { 'permission_notes.change': null, permissions: 'notes.delete' })
    assert.match(changed.text, /The role is changed\./)
    const editor = await doorward.instance.orgs.roles.findByName('editor', null)
    assert.deepEqual(editor?.permissions.toSorted(), ['notes.delete', 'notes.view'])
    const clone = await staff.get(`/admin/roles/new/?from=${editor?.id}`)
    assert.match(clone.text, /value="editor-copy"/)
    assert.match((await staff.submit(clone, 'create')).text, /The role is made\./)
    const compared = await staff.get(`/admin/roles/compare/?one=${editor?.id}&other=member`)
    assert.match(compared.text, /They differ in 4 permissions\./)
    assert.match((await staff.get('/admin/roles/owner/')).text, /It is built in and cannot be changed/)
    assert.equal((await staff.get('/admin/roles/owner/delete/')).status, 409)
    const asking = await staff.get(`${made.path}delete/`)
    assert.match((await staff.submit(asking, 'delete')).text, /The role editor is deleted\./)
    assert.equal((await staff.submit(asking, 'delete')).status, 404)
    assert.equal((await staff.submit(page, 'change')).status, 404)
  })

  it('are given and taken on the page of a user, who then may what the role allows', async () => {
    await using at = await openConsole()
    const { staff, root, ada, rootUser, doorward } = at
    const { roles, roleGrants } = doorward.instance.orgs
    const editor = await roles.create({ name: 'editor', permissions: ['notes.change'] })
    const page = await staff.get(`/admin/users/${ada.id}/roles/`)
    const given = await staff.submit(page, 'give', { until: '2099-12-31' })
    assert.match(given.text, /They have the role\.[^]*editor[^]*2099/)
    assert.equal((await staff.submit(page, 'give', { until: '2000-01-01' })).status, 400)
    const may = await staff.get(`/admin/users/${ada.id}/rights/?permission=notes.change`)
    assert.match(may.text, /Yes, notes\.change everywhere, by the role editor\./)
    assert.match((await staff.submit(given, 'take')).text, /They do not have the role any more\./)
    assert.match((await staff.submit(given, 'take')).text, /They did not have the role\./)
    // The account of a superuser is changed by superusers alone.
    const forged = { ...fieldsOf(page), action: 'give', role: editor.id }
    assert.equal((await staff.post(`/admin/users/${rootUser.id}/roles/`, forged)).status, 403)
    await root.submit(await root.get(`/admin/users/${rootUser.id}/roles/`), 'give', { until: '' })
    assert.equal((await roleGrants.of(rootUser.id)).length, 1)
  })

  it('say what somebody may do, where, and by what', async () => {
    await using at = await openConsole()
    const { staff, ada, rootUser, doorward } = at
    await organisation(at)
    const { instance } = doorward
    const { roles, roleGrants, organisations } = instance.orgs
    const acme = await organisations.findBySlug('acme')
    const clerk = await roles.create({ name: 'clerk', permissions: ['books.lend'], organisationId: acme?.id ?? '' })
    await roleGrants.grant({ roleId: clerk.id, userId: ada.id })
    const group = await instance.groups.create({ name: 'Editors', permissions: ['notes.change'] })
    await instance.groups.add(group.id, ada.id)
    await instance.users.update(ada.id, { permissions: ['notes.change', 'own.one'] })
    const place = `/admin/users/${ada.id}/rights/`
    const all = await staff.get(place)
    assert.match(all.text, /notes\.change[^]*their own, the group Editors[^]*In Acme[^]*books\.lend[^]*the role clerk/)
    const ask = async (permission: string): Promise<string> =>
      (await staff.get(`${place}?permission=${permission}`)).text
    assert.match(await ask('books.lend'), /Not everywhere\. They may books\.lend in Acme\./)
    assert.match(await ask('nothing.at.all'), /No, they may not nothing\.at\.all/)
    assert.match((await staff.get(`/admin/users/${rootUser.id}/rights/`)).text, /every permission is theirs/)
    await organisations.suspend(acme?.id ?? '')
    assert.match(await ask('books.lend'), /No, they may not books\.lend/)
    await instance.users.disable(ada.id)
    assert.match(await ask('notes.change'), /The account is disabled: they may do nothing\./)
    assert.equal((await staff.get('/admin/users/00000000001/rights/')).status, 404)
  })
})

describe('groups, in the console', () => {
  it('are made, changed by their matrix, and deleted after a page that counts who loses something', async () => {
    await using at = await openConsole()
    const { staff, ada, doorward } = at
    assert.match((await staff.get('/admin/groups/')).text, /A group gives the same permissions/)
    const form = await staff.get('/admin/groups/new/')
    const made = await staff.submit(form, 'create', { name: 'Editors', permissions: 'notes.view notes.change' })
    assert.match(made.text, /The group is made\.[^]*Nobody is in it/)
    assert.equal((await staff.submit(form, 'create', { name: 'Editors' })).status, 409)
    const taken = await staff.submit(await staff.get('/admin/groups/new/'), 'create', { name: 'Editors' })
    assert.equal(taken.status, 400)
    const [group] = await doorward.instance.groups.list()
    await doorward.instance.groups.add(group?.id ?? '', ada.id)
    const changed = await staff.submit(await staff.get(made.path), 'change', { 'permission_notes.view': null })
    assert.match(changed.text, /The group is changed\.[^]*ada/)
    assert.deepEqual((await doorward.instance.groups.list())[0]?.permissions, ['notes.change'])
    assert.equal((await staff.submit(await staff.get(made.path), 'change', { permissions: 'ä ö' })).status, 400)
    const asking = await staff.get(`${made.path}delete/`)
    assert.match(asking.text, /what it allows to 1 person/)
    assert.match((await staff.submit(asking, 'delete')).text, /The group Editors is deleted\./)
    assert.equal((await staff.submit(asking, 'delete')).status, 404)
    assert.equal((await staff.get(made.path)).status, 404)
  })
})

/** The page of an organisation that Ada owns. */
async function organisation({ doorward, ada }: Console): Promise<string> {
  const { organisations } = doorward.instance.orgs
  const values = { name: 'Acme', slug: 'acme', ownerId: ada.id, allowedPermissions: ['books.lend'] }
  return `/admin/organisations/${(await organisations.create(values)).id}/`
}

/** The unseen fields of the first form of a page. */
function fieldsOf({ text }: { readonly text: string }): Readonly<Record<string, string>> {
  const [, form = ''] = /<form\s+method="post"[^>]*>([^]*?)<\/form>/.exec(text) ?? []
  const [, name = '', value = ''] = /<input type="hidden" name="([^"]*csrf[^"]*)" value="([^"]*)"/.exec(form) ?? []
  return { [name]: value }
}

describe('what belongs to an organisation, in the console', () => {
  it('is shown with it, and is no orphan', async () => {
    await using at = await openConsole()
    const { staff, doorward } = at
    await organisation(at)
    const { instance } = doorward
    const acme = await instance.orgs.organisations.findBySlug('acme')
    const by = { actor: 'system' }
    const account = await instance.serviceAccounts.create({ name: 'Nightly', organisationId: acme?.id ?? '' }, { by })
    const { client } = await instance.oauth.clients.create(
      { name: 'Export', grantTypes: ['client_credentials'] },
      { by, organisation: acme?.id ?? '' },
    )
    assert.match((await staff.get('/admin/service-accounts/')).text, /Nightly[^]*>Acme</)
    assert.match((await staff.get('/admin/service-accounts/?state=orphans')).text, /Somebody answers for every one/)
    assert.match((await staff.get(`/admin/service-accounts/${account.id}/`)).text, />Acme</)
    assert.match((await staff.get('/admin/applications/')).text, /Export[^]*>Acme</)
    assert.match((await staff.get(`/admin/applications/${client.id}/`)).text, />Acme</)
  })
})
