import assert from 'node:assert/strict'
import { it } from 'node:test'
import { declaredStores } from '../server/declared-stores.ts'
import { describeDatabases } from '../storage/databases.contract.ts'
import { apply, faultsOf, instances, told } from './applying.contract.ts'
import { exportDeclared } from './export-declared.ts'

describeDatabases('What a file means by a name', (start) => {
  const withInstance = instances(start)

  it('is one thing, however it is written: declared twice, it would be changed back and forth for ever', async () => {
    await withInstance(async (instance) => {
      const files = [
        [{ users: [{ username: 'Bob' }, { username: ' bob' }] }, 'users[1]: It is the same user as users[0].'],
        [
          { groups: [{ name: 'a' }, { name: ' a ', permissions: ['b.c'] }] },
          'groups[1]: It is the same group as groups[0].',
        ],
        [
          { service_accounts: [{ name: 's' }, { name: 's ' }] },
          'service_accounts[1]: It is the same service account as service_accounts[0].',
        ],
      ] as const
      for (const [file, fault] of files) assert.deepEqual(await faultsOf(apply(instance, file)), [fault])
      // The second time they are there.
      await apply(instance, {
        users: [{ username: 'Bob' }],
        groups: [{ name: 'a' }],
        service_accounts: [{ name: 's' }],
      })
      for (const [file, fault] of files) assert.deepEqual(await faultsOf(apply(instance, file)), [fault])
    })
  })

  it('is not mistaken for another that is shown alike', async () => {
    await withInstance(async (instance) => {
      const file = {
        organisations: [{ slug: 'acme', name: 'Acme', owner: 'ada' }],
        service_accounts: [{ name: 'sync of acme' }, { name: 'sync', organisation: 'acme' }],
      }
      assert.equal((await apply(instance, file)).length, 3)
      const written = await exportDeclared(declaredStores(instance, instance.database))
      assert.deepEqual(new Set((await apply(instance, written)).map(({ action }) => action)), new Set(['leave']))
    })
  })

  it('is a username, and nobody’s address: anybody can say that an address is theirs', async () => {
    await withInstance(async (instance) => {
      await instance.users.create({ username: 'eve', email: 'boss@corp.example' })
      const owner = 'boss@corp.example'
      const grants = { grant_types: ['client_credentials'] }
      assert.deepEqual(
        await faultsOf(
          apply(instance, {
            organisations: [{ slug: 'corp', name: 'Corp', owner }],
            service_accounts: [{ name: 'sync', owner }],
            api_keys: [{ name: 'ci', user: owner }],
            clients: [{ client_id: 'shop', client_name: 'Shop', ...grants, owner }],
          }),
        ),
        ['organisations[0].owner', 'service_accounts[0].owner', 'api_keys[0].user', 'clients[0].owner'].map(
          (place) => `${place}: There is no user of this name, or it is an e-mail address that is not verified.`,
        ),
      )
      // Whose name is their address is found by it.
      await instance.users.create({ username: 'ann@corp.example', email: 'ann@corp.example' })
      await apply(instance, { service_accounts: [{ name: 'sync', owner: 'Ann@corp.example' }] })
    })
  })

  it('may be one that objects have by themselves, and is refused as any other', async () => {
    await withInstance(async (instance) => {
      const text = '{"clients":[{"client_id":"c","client_name":"C","__proto__":{"is_active":false},"constructor":1}]}'
      assert.deepEqual(await faultsOf(apply(instance, text)), [
        'clients[0].__proto__: There is no such member, or it cannot be changed.',
        'clients[0].constructor: There is no such member, or it cannot be changed.',
      ])
    })
  })
})

describeDatabases('A right that somebody has for a while', (start) => {
  const withInstance = instances(start)

  it('is not exported, so that no file gives it for good once it is over', async () => {
    let now = Date.now()
    await withInstance(
      async (instance) => {
        const until = { staffUntil: now + 60_000, superuserUntil: now + 60_000 }
        const { id } = await instance.users.create({ username: 'tess', isStaff: true, isSuperuser: true, ...until })
        const written = await exportDeclared(declaredStores(instance, instance.database), { users: true })
        const tess = written['users']?.find(({ username }) => username === 'tess')
        assert.deepEqual([tess?.['is_staff'], tess?.['is_superuser']], [undefined, undefined])
        assert.deepEqual(told(await apply(instance, { users: [tess] })), ['leave user tess'])
        now += 120_000
        assert.deepEqual(told(await apply(instance, { users: [tess] })), ['leave user tess'])
        const after = await instance.users.find(id)
        assert.equal((after?.superuserUntil ?? Infinity) < now, true, 'it is over')
        // Somewhere else it is not given at all.
        await withInstance(async (other) => {
          await apply(other, { users: [tess] })
          assert.equal((await other.users.findByLogin('tess'))?.isSuperuser, false)
        })
      },
      () => now,
    )
  })

  it('is for good where a file says so, and ends where a file says that', async () => {
    await withInstance(async (instance) => {
      const until = { staffUntil: Date.now() + 60_000, superuserUntil: Date.now() + 60_000 }
      const { id } = await instance.users.create({ username: 'tess', isStaff: true, isSuperuser: true, ...until })
      const file = { users: [{ username: 'tess', is_staff: true, is_superuser: false }] }
      assert.deepEqual(told(await apply(instance, file)), ['change user tess'])
      const tess = await instance.users.find(id)
      assert.deepEqual([tess?.isStaff, tess?.staffUntil, tess?.isSuperuser], [true, null, false])
      assert.deepEqual(told(await apply(instance, file)), ['leave user tess'])
    })
  })
})

describeDatabases('A key that is over', (start) => {
  const withInstance = instances(start)

  it('is not exported, for nothing would make it elsewhere, and stays where a file still has it', async () => {
    let now = Date.now()
    await withInstance(
      async (instance) => {
        const key = { name: 'ci', service_account: 'sync' }
        const file = {
          service_accounts: [{ name: 'sync' }],
          api_keys: [
            { ...key, expires_at: new Date(now + 60_000).toISOString() },
            { ...key, name: 'other' },
          ],
        }
        await apply(instance, file)
        now += 120_000
        const written = await exportDeclared(declaredStores(instance, instance.database), { keys: true })
        assert.deepEqual(
          written['api_keys']?.map(({ name }) => name),
          ['other'],
        )
        assert.deepEqual(new Set((await apply(instance, file)).map(({ action }) => action)), new Set(['leave']))
        await withInstance(
          async (other) => assert.equal((await apply(other, written)).length, 2),
          () => now,
        )
      },
      () => now,
    )
  })
})

describeDatabases('An address that a file changes', (start) => {
  const withInstance = instances(start)

  it('is told of at the old one, with a link that undoes it where that was proved', async () => {
    await withInstance(async (instance) => {
      for (const [username, emailVerified] of [
        ['ann', true],
        ['ben', false],
      ] as const) {
        const email = `${username}@old.example`
        const { id } = await instance.users.create({ username, email, emailVerified })
        await apply(instance, { users: [{ username, email: `${username}@new.example` }] })
        const [mail] = await instance.database.read
          .selectFrom('mail_outbox')
          .selectAll()
          .orderBy('id', 'desc')
          .execute()
        assert.ok(mail)
        const links = await instance.database.read.selectFrom('mail_links').selectAll().execute()
        const own = links.filter(({ purpose, email: to }) => purpose === 'email_undo' && to === email)
        assert.equal(own.length, emailVerified ? 1 : 0, id)
      }
    })
  })
})
