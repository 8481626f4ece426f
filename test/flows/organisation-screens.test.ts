import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { openConsole } from '../../src/admin/console.contract.ts'
import { person } from '../../src/screens/person.contract.ts'
import type { TestDoorward } from '../../src/testing/test-doorward.ts'
import { launchChromium } from '../services/chromium.ts'
import { walkScreens } from '../services/walk.ts'

describe('the screens of organisations, groups and roles in a browser', () => {
  let browser: Browser
  before(async () => {
    browser = await launchChromium()
  })
  after(async () => browser.close())

  it('work with scripts and without, and are accessible', async () => {
    await using at = await openConsole()
    const { base, doorward, ada, root, rootUser } = at
    const { instance } = doorward
    const { organisations, members, roles, roleGrants, invitations } = instance.orgs
    const member = await at.signedIn(ada)
    const allowedPermissions = ['notes.view', 'notes.add', 'notes.change', 'notes.delete', 'books.view', 'books.lend']
    const { id: acme } = await organisations.create({
      name: 'Acme Incorporated of Example and Daughters',
      slug: 'acme',
      ownerId: ada.id,
      allowedPermissions,
      allowedScopes: ['read', 'write'],
      longestKeyLifetime: 90 * 86_400,
    })
    const { id: other } = await organisations.create({ name: 'Other', slug: 'other', ownerId: rootUser.id })
    await members.add(acme, rootUser.id, 'admin')
    await members.add(other, ada.id, 'member')
    await organisations.suspend(other)
    const permissions = ['notes.view', 'notes.change', 'members.add']
    const clerk = await roles.create({ name: 'clerk', description: 'Writes notes', permissions, organisationId: acme })
    const editor = await roles.create({ name: 'editor', permissions: ['notes.change', 'books.view'] })
    await roles.create({ name: 'auditor', description: 'Reads everything', permissions: ['notes.view', 'books.view'] })
    for (const userId of [ada.id, rootUser.id]) await roleGrants.grant({ roleId: clerk.id, userId })
    await roleGrants.grant({ roleId: editor.id, userId: ada.id, endsAt: instance.clock() + 86_400_000 })
    await invitations.create({ organisationId: acme, email: 'somebody-with-a-long-address@department.example.org' })
    const gone = await invitations.create({ organisationId: acme, email: 'eve@example.org', inviterId: ada.id })
    await invitations.cancel(gone.id)
    const { token } = await invitations.create({ organisationId: acme, email: 'root@example.org', standing: 'admin' })
    const { id: zeta } = await organisations.create({ name: 'Zeta & Sons', slug: 'zeta', ownerId: ada.id })
    await instance.orgs.defaults.set(ada.id, zeta)
    const chooser = await asking(instance)
    const group = await instance.groups.create({ name: 'Editors', permissions: ['notes.change', 'notes.add'] })
    await instance.groups.add(group.id, ada.id)
    const by = { actor: `user:${ada.id}` }
    const account = await instance.serviceAccounts.create(
      { name: 'Nightly export', organisationId: acme, scopes: ['read'], permissions: ['notes.view'] },
      { by },
    )
    const trusted = { issuer: 'https://ci.example', subject: 'repo:acme/app:ref:refs/heads/main' }
    const audience = instance.workloadTrusts.audienceOf(account.id)
    await instance.workloadTrusts.create(account.id, { ...trusted, audience }, { by })
    const owner = { kind: 'service_account', id: account.id } as const
    const expiresAt = Math.floor(instance.clock()) + 86_400_000
    const { record: key } = await instance.apiKeys.create({ owner, name: 'build', scopes: ['read'], expiresAt, by })

    const below = (place: string): Readonly<Record<string, string>> => ({
      overview: place,
      members: `${place}members/`,
      member: `${place}members/${rootUser.id}/`,
      'member-remove': `${place}members/${rootUser.id}/remove/`,
      invitations: `${place}invitations/`,
      'invitation-new': `${place}invitations/new/`,
      roles: `${place}roles/`,
      'roles-compare': `${place}roles/compare/?one=owner&other=${clerk.id}`,
      'role-new': `${place}roles/new/?from=admin`,
      role: `${place}roles/${clerk.id}/`,
      'role-built-in': `${place}roles/owner/`,
      'role-delete': `${place}roles/${clerk.id}/delete/`,
      'service-accounts': `${place}service-accounts/`,
      'service-account-new': `${place}service-accounts/new/`,
      'service-account': `${place}service-accounts/${account.id}/`,
      'service-account-delete': `${place}service-accounts/${account.id}/delete/`,
      trust: `${place}service-accounts/${account.id}/trust/`,
      'trust-new': `${place}service-accounts/${account.id}/trust/new/`,
      'key-new': `${place}service-accounts/${account.id}/new-key/`,
      'key-revoke': `${place}service-accounts/${account.id}/keys/${key.id}/revoke/`,
      settings: `${place}settings/`,
      transfer: `${place}transfer/`,
      delete: `${place}delete/`,
    })
    const named = (prefix: string, screens: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
      Object.fromEntries(Object.entries(screens).map(([name, path]) => [`${prefix}-${name}`, path]))
    const empty = `/admin/organisations/${other}/`

    await walkScreens(browser, {
      base,
      cookies: member.cookies,
      screens: {
        'own-organisations': '/account/organisations/',
        'portal-service-accounts': '/portal/service-accounts/',
        'choose-organisation': chooser,
        'consent-organisation': `${chooser}&organization=acme`,
        ...named('own', below(`/account/organisations/${acme}/`)),
        'own-leave': `/account/organisations/${acme}/leave/`,
        'invitation-other': `/account/invitations/${token}/`,
      },
    })
    await walkScreens(browser, {
      base,
      cookies: root.cookies,
      screens: {
        organisations: '/admin/organisations/',
        'organisations-none': '/admin/organisations/?search=nobody',
        'organisation-new': '/admin/organisations/new/',
        'organisation-suspend': `/admin/organisations/${acme}/suspend/`,
        ...named('admin', below(`/admin/organisations/${acme}/`)),
        'suspended-overview': empty,
        'suspended-roles': `${empty}roles/new/`,
        'empty-invitations': `${empty}invitations/`,
        'empty-service-accounts': `${empty}service-accounts/`,
        'all-invitations': '/admin/invitations/',
        groups: '/admin/groups/',
        'group-new': '/admin/groups/new/',
        group: `/admin/groups/${group.id}/`,
        'group-delete': `/admin/groups/${group.id}/delete/`,
        roles: '/admin/roles/',
        'roles-compare': `/admin/roles/compare/?one=${editor.id}&other=owner`,
        'role-new': '/admin/roles/new/',
        role: `/admin/roles/${editor.id}/`,
        'role-delete': `/admin/roles/${editor.id}/delete/`,
        'user-roles': `/admin/users/${ada.id}/roles/`,
        'user-rights': `/admin/users/${ada.id}/rights/`,
        'user-may': `/admin/users/${ada.id}/rights/?permission=notes.change`,
      },
    })
    await walkScreens(browser, {
      base,
      cookies: person(base).cookies,
      screens: { 'invitation-stranger': `/accounts/invitation/${token}/` },
    })
    await organisations.update(acme, { secondFactorRequired: true })
    const screens = { 'second-factor-needed': '/account/organisations/' }
    await walkScreens(browser, { base, cookies: member.cookies, status: 403, screens })
  })
})

/** The address of a request of an application that asks for an organisation. */
async function asking({ oauth, clock }: TestDoorward['instance']): Promise<string> {
  const { client } = await oauth.clients.create(
    {
      name: 'Invoices for everybody',
      grantTypes: ['authorization_code'],
      redirectUris: ['https://app.example/cb'],
      scopes: ['openid'],
      asksForOrganisation: true,
    },
    { by: { actor: 'system' } },
  )
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: 'https://app.example/cb',
    scope: 'openid',
    state: String(clock()),
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  return `/o/authorize/?${query.toString()}`
}
