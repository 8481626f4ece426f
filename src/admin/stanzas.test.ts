import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { applyDeclared } from '../declared/apply-declared.ts'
import { declaredIn } from '../declared/declared-file.ts'
import { declaredStores } from '../server/declared-stores.ts'
import { openConsole } from './console.contract.ts'

describe('what the console copies as config', () => {
  it('is what apply reads: there is nothing to do with any of it', async () => {
    await using console = await openConsole()
    const { instance } = console.doorward
    const by = { actor: 'system' }
    const ada = console.ada.id
    const group = await instance.groups.create({ name: 'editors <b>', permissions: ['notes.change'] }, by)
    await instance.groups.add(group.id, ada, by)
    const acme = await instance.orgs.organisations.create(
      { slug: 'acme', name: 'Acme & Co', ownerId: ada, allowedScopes: ['read'] },
      by,
    )
    const role = await instance.orgs.roles.create({ name: 'editor', permissions: ['notes.change'] }, by)
    const account = await instance.serviceAccounts.create(
      { name: 'sync', organisationId: acme.id, scopes: ['read'] },
      { by },
    )
    const own = await instance.serviceAccounts.create({ name: 'own', ownerId: ada }, { by })
    for (const { id } of [account, own]) {
      const audience = instance.workloadTrusts.audienceOf(id)
      const values = { issuer: 'https://ci.example', subject: `repo:acme/<${id}>`, audience }
      await instance.workloadTrusts.create(id, values, { by })
    }
    const owner = { kind: 'service_account', id: account.id } as const
    const key = await instance.apiKeys.create({ owner, name: 'ci', scopes: ['read'], rate: '10/min', by })
    const { client } = await instance.oauth.clients.create(
      { name: 'Shop', redirectUris: ['https://shop.example/cb?a=1&b=2'], scopes: ['openid'], accessTokenLifetime: 600 },
      { by, owner: ada, organisation: null },
    )
    for (const path of [
      `groups/${group.id}/`,
      `users/${ada}/`,
      `organisations/${acme.id}/`,
      `roles/${role.id}/`,
      `service-accounts/${account.id}/`,
      `service-accounts/${own.id}/`,
      `organisations/${acme.id}/service-accounts/${account.id}/`,
      `keys/${key.record.id}/`,
      `applications/${client.id}/`,
    ]) {
      const { status, text } = await console.root.get(`/admin/${path}`)
      assert.equal(status, 200, path)
      if (path.includes('service-accounts/')) assert.match(text, /repo:acme\/&lt;/, path)
      const [, written = ''] = /<code id="copy-config">([^<]*)<\/code>/.exec(text) ?? []
      const declared = declaredIn(plain(written))
      const steps = await applyDeclared(declared, {
        database: instance.database,
        stores: (database) => declaredStores(instance, database),
        by,
        environment: {},
      })
      assert.deepEqual(
        steps.map(({ action }) => action),
        ['leave'],
        path,
      )
    }
  })
})

function plain(markup: string): string {
  return markup
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
