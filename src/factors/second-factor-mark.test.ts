import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { it } from 'node:test'
import { createUserList } from '../accounts/user-list.ts'
import type { User } from '../core/identity.ts'
import { createSealer } from '../crypto/seal.ts'
import { createConsumed } from '../storage/consumed.ts'
import { formatId, parseId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createAuthenticatorApps } from './authenticator-apps.ts'
import { createChallenges } from './challenges.ts'
import { createPasskeys } from './passkeys.ts'
import { secretIn } from './secret-in.contract.ts'
import { softPasskey } from './soft-passkey.contract.ts'
import { totpCode } from './totp.ts'

const by = { actor: 'user:ada', address: '198.51.100.7' }
const [rpId, origin] = ['example.org', 'https://id.example.org']

onEachDatabase('the mark of a user with a second factor', (stage) => {
  async function open() {
    const here = await stage()
    const { database, second, clock, time } = here
    const sealer = createSealer({ secret: 'a secret of more than thirty-two characters' })
    const keys = [randomBytes(32)]
    const apps = createAuthenticatorApps({ database, sealer, clock, issuer: 'Notes' })
    const challenges = createChallenges({ keys, clock, consumed: createConsumed({ database: second, clock }) })
    const passkeys = createPasskeys({
      database: second,
      challenges,
      handleKey: randomBytes(32),
      rpId,
      origins: [origin],
      clock,
    })
    const list = createUserList(database)
    return {
      ...here,
      person: async (username: string): Promise<User> => {
        const { id } = await here.addUser({ username })
        return { kind: 'user', id: formatId(id), name: username, permissions: new Set() }
      },
      addApp: async ({ id, name }: User) => {
        const secret = secretIn((await apps.begin({ id, name })).uri)
        await apps.confirm(id, totpCode(secret, time.now), by)
      },
      addPasskey: async (user: User) => {
        const answer = softPasskey({ rpId, origin }).create(await passkeys.creation(user, 'a session'))
        await passkeys.register({ user, binding: 'a session', answer, by })
        return (await passkeys.list(user.id)).at(-1)?.id ?? ''
      },
      removeApp: async ({ id }: User) => database.write(async (unit) => apps.remove(unit, parseId(id) ?? 0n)),
      removePasskey: async ({ id }: User, passkey: string) =>
        second.write(async (unit) => passkeys.remove(unit, parseId(id) ?? 0n, passkey, by)),
      /** The names of those with one, and of those without. */
      listed: async () => {
        const names = async (hasSecondFactor: boolean) =>
          (await list({ hasSecondFactor })).users.map(({ username, hasSecondFactor: has }) => {
            assert.equal(has, hasSecondFactor)
            return username
          })
        return [await names(true), await names(false)]
      },
    }
  }

  it('comes with the first, stays while there is another, and goes with the last', async () => {
    const { person, addApp, addPasskey, removeApp, removePasskey, listed } = await open()
    const [ada, eve] = [await person('ada'), await person('eve')]
    assert.deepEqual(await listed(), [[], ['eve', 'ada']])
    await addApp(ada)
    assert.deepEqual(await listed(), [['ada'], ['eve']])
    const passkey = await addPasskey(ada)
    await removeApp(ada)
    assert.deepEqual(await listed(), [['ada'], ['eve']])
    await removePasskey(ada, passkey)
    assert.deepEqual(await listed(), [[], ['eve', 'ada']])
    await addPasskey(eve)
    assert.deepEqual(await listed(), [['eve'], ['ada']])
  })

  it('is right when one is added and another removed at once, on two nodes', async () => {
    const { person, addApp, addPasskey, removeApp, listed } = await open()
    const people = await Promise.all(Array.from({ length: 10 }, async (_, index) => person(`user${index}`)))
    for (const one of people) await addApp(one)
    await Promise.all(people.flatMap((one) => [removeApp(one), addPasskey(one)]))
    const [withOne, without] = await listed()
    assert.deepEqual([withOne?.length, without], [10, []])
  })
})
