import assert from 'node:assert/strict'
import { it } from 'node:test'
import { declaredStores } from '../server/declared-stores.ts'
import type { Instance } from '../server/instance.ts'
import { describeDatabases } from '../storage/databases.contract.ts'
import { apply, brought, faultsOf, instances, told } from './applying.contract.ts'
import { exportDeclared } from './export-declared.ts'

describeDatabases('What a file declares', (start) => {
  const withInstance = instances(start)

  it('is made, told thing by thing, and is there the second time', async () => {
    await withInstance(async (instance) => {
      const steps = await apply(instance, everything)
      assert.deepEqual(told(steps), [
        'add group editors',
        'add user bob',
        'add organisation acme',
        'add role editor',
        'add role viewer of acme',
        'add service account reporting',
        'add service account sync of acme',
        'add API key ci of reporting',
        'add client shop',
        'add client reports',
      ])
      const [bob] = (await instance.users.list({ search: 'bob' })).users
      assert.deepEqual(
        (await instance.groups.of(bob?.id ?? '')).map(({ name }) => name),
        ['editors'],
      )
      assert.equal(bob?.hasPassword, false)
      assert.equal((await instance.oauth.clients.find('shop'))?.hasSecret, true)
      const before = await auditCount(instance)
      assert.deepEqual(new Set((await apply(instance, everything)).map(({ action }) => action)), new Set(['leave']))
      assert.equal(await auditCount(instance), before, 'what stays leaves no row')
    })
  })

  it('is what export writes, without secrets', async () => {
    await withInstance(async (instance) => {
      const secrets = (await apply(instance, everything)).flatMap((step) => step.secrets)
      assert.equal(secrets.length, 2, 'a key and the secret of a client')
      const stores = declaredStores(instance, instance.database)
      const written = JSON.stringify(await exportDeclared(stores, { users: true, keys: true }))
      for (const { value } of [...secrets, { value: brought }]) assert.ok(!written.includes(value))
      const steps = await apply(instance, JSON.parse(written), { dryRun: true })
      assert.equal(steps.length, 11)
      assert.deepEqual(new Set(steps.map(({ action }) => action)), new Set(['leave']))
      assert.deepEqual(Object.keys(await exportDeclared(stores)), [
        'groups',
        'organisations',
        'roles',
        'service_accounts',
        'clients',
      ])
    })
  })

  it('changes what is another, says from what to what, and leaves what a stanza leaves out', async () => {
    await withInstance(async (instance) => {
      await apply(instance, everything)
      const steps = await apply(instance, {
        groups: [{ name: 'editors', permissions: ['notes.view'] }],
        users: [{ username: 'bob', is_active: false, groups: [] }],
        organisations: [{ slug: 'acme', is_suspended: true }],
        roles: [{ name: 'editor', description: 'Edits' }],
        service_accounts: [{ name: 'reporting', owner: null, is_active: false }],
        api_keys: [{ name: 'ci', service_account: 'reporting', rate: null, is_active: false }],
        clients: [{ client_id: 'shop', redirect_uris: ['https://shop.example/new'], is_active: false }],
      })
      assert.deepEqual(new Set(steps.map(({ action }) => action)), new Set(['change']))
      assert.deepEqual(
        steps.flatMap(({ changes }) => changes.map(({ member, before, after }) => [member, before, after])),
        [
          ['permissions', ['notes.view', 'notes.change'], ['notes.view']],
          ['is_active', true, false],
          ['groups', ['editors'], []],
          ['is_suspended', false, true],
          ['description', '', 'Edits'],
          ['owner', 'ada', null],
          ['is_active', true, false],
          ['rate', '10/min', null],
          ['is_active', true, false],
          ['redirect_uris', ['https://shop.example/cb'], ['https://shop.example/new']],
          ['is_active', true, false],
        ],
      )
      assert.equal((await instance.oauth.clients.find('shop'))?.name, 'Shop')
      const { rows } = { rows: await instance.database.read.selectFrom('audit_events').selectAll().execute() }
      assert.ok(rows.some(({ event, actor }) => event === 'client.disabled' && actor === 'system'))
    })
  })

  it('is only planned by a dry run, which shows no secret that nobody made', async () => {
    await withInstance(async (instance) => {
      const before = await auditCount(instance)
      const steps = await apply(instance, everything, { dryRun: true })
      assert.equal(steps.filter(({ action }) => action === 'add').length, 10)
      assert.deepEqual(
        steps.flatMap(({ secrets }) => secrets),
        [],
      )
      assert.deepEqual(await instance.groups.list(), [])
      assert.equal(await auditCount(instance), before)
    })
  })

  it('is refused as a whole, with the place of every fault, and nothing is done', async () => {
    await withInstance(async (instance) => {
      const before = await auditCount(instance)
      const faults = await faultsOf(
        apply(instance, {
          groups: [{ name: 'editors', permissions: ['two words'] }, { name: 'good' }, { name: 'good' }],
          users: [{ username: 'ada', is_superuser: false }, { username: 'eve@example.com' }],
          organisations: [
            { slug: 'acme', name: 'Acme' },
            { slug: 'Not One', name: 'x', owner: 'ada' },
          ],
          roles: [
            { name: 'owner', permissions: ['notes.view'] },
            { name: 'viewer', organisation: 'nowhere' },
          ],
          service_accounts: [
            { name: 'sync', scopes: ['r"ead'] },
            { name: 'x', owner: 'nobody' },
            { name: 'y', id: 'z' },
          ],
          api_keys: [{ name: 'ci' }, { name: 'ci', user: 'ada', rate: 'often' }],
          clients: [
            { client_id: 'a', client_name: 'A', redirect_uris: ['https://a.example/cb', 'http://a.example/cb'] },
            { client_id: 'b', client_name: 'B', grant_types: ['password'] },
            { client_id: 'c', client_name: 'C', colour: 'red' },
            { client_id: 'd', client_name: 'D', grant_types: ['client_credentials'], client_secret_env: 'UNSET' },
            { client_id: 'e f', client_name: 'E', grant_types: ['client_credentials'] },
            { client_id: 'g', client_name: 'G', grant_types: ['client_credentials'], client_secret_env: 'SHORT' },
          ],
        }),
      )
      assert.deepEqual(
        faults.map((fault) => fault.slice(0, fault.indexOf(':'))),
        [
          'groups[0].permissions',
          'groups[2]',
          'users[0]',
          'users[1].username',
          'organisations[0].owner',
          'organisations[1].slug',
          'roles[0].name',
          'roles[1].organisation',
          'service_accounts[0].scopes',
          'service_accounts[1].owner',
          'service_accounts[2].id',
          'api_keys[0].name',
          'api_keys[1].rate',
          'clients[0].redirect_uris[1]',
          'clients[1].grant_types',
          'clients[2].colour',
          'clients[3].client_secret_env',
          'clients[4].client_id',
          'clients[5].client_secret_env',
        ],
      )
      assert.ok(!faults.join(' ').includes('too-short'), 'a secret is not repeated')
      assert.deepEqual(await instance.groups.list(), [])
      assert.equal(await auditCount(instance), before)
    })
  })

  it('gives a client to somebody else, and keeps the owner whom an organisation was made for', async () => {
    await withInstance(async (instance) => {
      await apply(instance, everything)
      const give = async (to: object): Promise<readonly unknown[]> => {
        const [step] = await apply(instance, { clients: [{ client_id: 'shop', ...to }] })
        return (step?.changes ?? []).map(({ member, after }) => [member, after])
      }
      assert.deepEqual(await give({ owner: 'bob' }), [['owner', 'bob']])
      assert.deepEqual(await give({ owner: null, organisation: 'acme' }), [
        ['owner', null],
        ['organisation', 'acme'],
      ])
      const faults = await faultsOf(apply(instance, { clients: [{ client_id: 'shop', owner: 'ada' }] }))
      assert.deepEqual(faults, [
        'clients[0].owner: A client changes hands to a user or to an organisation: set the other one to null.',
      ])
      assert.deepEqual(await give({ organisation: null }), [['organisation', null]])
      const [step] = await apply(instance, { organisations: [{ slug: 'acme', owner: 'bob' }] })
      assert.equal(step?.action, 'leave')
    })
  })

  it('deletes with prune what is left out of the kinds that the file has, but no client that somebody registered', async () => {
    await withInstance(async (instance) => {
      await apply(instance, everything)
      const values = { name: 'Own', redirectUris: ['https://own.example/cb'] }
      await instance.oauth.clients.create(values, { by: { actor: 'system' }, source: 'portal', identifier: 'own' })
      const steps = await apply(instance, { roles: [{ name: 'editor' }], clients: [] }, { prune: true })
      assert.deepEqual(told(steps), [
        'leave role editor',
        'delete role viewer of acme',
        'delete client shop',
        'delete client reports',
      ])
      assert.notEqual(await instance.oauth.clients.find('own'), null)
      assert.equal((await instance.groups.list()).length, 1, 'the file has no groups')
    })
  })

  it('is made once where many apply it at once', async () => {
    await withInstance(async (instance) => {
      const file = { service_accounts: [{ name: 'reporting' }], groups: [{ name: 'editors' }] }
      const all = await Promise.all(Array.from({ length: 20 }, async () => apply(instance, file)))
      assert.equal(all.flat().filter(({ action }) => action === 'add').length, 2)
      assert.equal((await instance.serviceAccounts.list()).length, 1)
    })
  })

  it('trusts issuers for a service account as the file has it, and as export writes it [D8]', async () => {
    await withInstance(async (instance) => {
      const { workloadTrusts: store } = instance
      const subject = 'repo:acme/app:ref:refs/heads/main'
      const [github, gitlab] = ['https://token.actions.githubusercontent.com', 'https://gitlab.example']
      const trusts = [
        { issuer: github, subject, scopes: ['read'] },
        { issuer: gitlab, subject: 'project_path:acme/app', audience: 'https://api.example' },
      ]
      const file = (all: readonly object[], more: object = {}): object => ({
        service_accounts: [{ name: 'deploy', scopes: ['read', 'write'], trusts: all, ...more }],
      })
      assert.deepEqual(told(await apply(instance, file(trusts))), ['add service account deploy'])
      const [account] = await instance.serviceAccounts.list({ name: 'deploy' })
      const id = account?.id ?? ''
      const there = async () =>
        (await store.list(id)).map(({ issuer, audience, scopes }) => [issuer, audience, scopes.join(' ')])
      assert.deepEqual(await there(), [
        [github, store.audienceOf(id), 'read'],
        [gitlab, 'https://api.example', ''],
      ])
      const written = await exportDeclared(declaredStores(instance, instance.database))
      assert.deepEqual(written['service_accounts']?.[0]?.['trusts'], [
        { issuer: github, subject, scopes: ['read'] },
        { issuer: gitlab, subject: 'project_path:acme/app', audience: 'https://api.example', scopes: [] },
      ])
      assert.deepEqual(told(await apply(instance, JSON.stringify(written))), ['leave service account deploy'])
      // In another order, and with the audience written out, they are the same.
      const same = trusts.toReversed().map((one) => ({ audience: store.audienceOf(id), ...one }))
      assert.deepEqual(told(await apply(instance, file(same))), ['leave service account deploy'])
      assert.deepEqual(told(await apply(instance, { service_accounts: [{ name: 'deploy' }] })), [
        'leave service account deploy',
      ])
      const before = await store.list(id)
      const changed = file([{ ...trusts[0], scopes: ['write'] }, trusts[1] ?? {}])
      assert.equal((await apply(instance, changed, { dryRun: true }))[0]?.action, 'change')
      assert.deepEqual(await store.list(id), before)
      await apply(instance, changed)
      assert.deepEqual(
        new Set((await there()).map(([issuer, , scopes]) => `${issuer} ${scopes}`)),
        new Set([`${github} write`, `${gitlab} `]),
      )
      const kept = (await store.list(id)).find(({ issuer }) => issuer === gitlab)
      assert.equal(kept?.id, before[1]?.id, 'what is the same stays the one that it was')
      const [step] = await apply(instance, file([], { is_active: false }))
      assert.deepEqual(
        step?.changes.map(({ member }) => member),
        ['trusts', 'is_active'],
      )
      assert.deepEqual(await there(), [])
    })
  })

  it('is refused with the place of a trust that cannot be, and none of the file is done', async () => {
    await withInstance(async (instance) => {
      const good = { issuer: 'https://ci.example', subject: 'job' }
      const faults = await faultsOf(
        apply(instance, {
          service_accounts: [
            { name: 'a', trusts: [good, { ...good, issuer: 'http://ci.example' }] },
            { name: 'b', trusts: [good, good] },
            { name: 'c', scopes: ['read'], trusts: [{ ...good, scopes: ['admin'] }] },
          ],
        }),
      )
      assert.deepEqual(
        faults.map((fault) => fault.slice(0, fault.indexOf(':'))),
        ['service_accounts[0].trusts[1]', 'service_accounts[1].trusts[1]', 'service_accounts[2].trusts[0]'],
      )
      assert.deepEqual(await instance.serviceAccounts.list(), [])
    })
  })

  it('waits for another that takes its time', async () => {
    await withInstance(async (instance) => {
      const groups = Array.from({ length: 300 }, (_, index) => ({ name: `group ${index}` }))
      const [long, short] = await Promise.all([
        apply(instance, { groups }),
        apply(instance, { groups: groups.slice(0, 1) }),
      ])
      const added = [...long, ...short].filter(({ action }) => action === 'add')
      assert.equal(added.length, 300)
    })
  })

  it('tells service accounts of one name apart by their id, and asks which is meant', async () => {
    await withInstance(async (instance) => {
      for (const scope of ['a', 'b']) {
        await instance.serviceAccounts.create({ name: 'twin', scopes: [scope] }, { by: { actor: 'system' } })
      }
      const file = await exportDeclared(declaredStores(instance, instance.database))
      assert.deepEqual(told(await apply(instance, file)).length, 2)
      assert.deepEqual(await faultsOf(apply(instance, { service_accounts: [{ name: 'twin' }] })), [
        'service_accounts[0].name: There are 2 of this name: say which by its id.',
      ])
    })
  })
})

const everything = {
  groups: [{ name: 'editors', permissions: ['notes.view', 'notes.change'] }],
  users: [{ username: 'bob', email: 'bob@example.com', groups: ['editors'] }],
  organisations: [
    {
      slug: 'acme',
      name: 'Acme',
      owner: 'ada',
      allowed_permissions: ['notes.view'],
      allowed_scopes: ['read'],
      longest_key_lifetime: 7_776_000,
    },
  ],
  roles: [
    { name: 'editor', permissions: ['notes.change'] },
    { name: 'viewer', organisation: 'acme', permissions: ['notes.view'] },
  ],
  service_accounts: [
    { name: 'reporting', owner: 'ada', scopes: ['read'], permissions: ['reports.view'] },
    { name: 'sync', organisation: 'acme', scopes: ['read'] },
  ],
  api_keys: [{ name: 'ci', service_account: 'reporting', scopes: ['read'], rate: '10/min' }],
  clients: [
    {
      client_id: 'shop',
      client_name: 'Shop',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['https://shop.example/cb'],
      scope: 'openid read',
      owner: 'ada',
    },
    {
      client_id: 'reports',
      client_name: 'Reports',
      grant_types: ['client_credentials'],
      scope: 'read',
      client_secret_env: 'REPORTS_SECRET',
    },
  ],
}

async function auditCount({ database }: Instance): Promise<number> {
  const rows = await database.read.selectFrom('audit_events').select('id').execute()
  return rows.length
}
