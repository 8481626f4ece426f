import type { User } from '../core/identity.ts'
import type { NewUser } from '../accounts/users.ts'
import type { TestUser } from '../testing/test-credentials.ts'
import type { TestDoorward } from '../testing/test-doorward.ts'
import { secretIn } from './secret-in.contract.ts'
import { totpCode } from './totp.ts'

/** Somebody with an authenticator app. */
export interface Enrolled {
  readonly user: User
  readonly secret: Uint8Array
  readonly recoveryCodes: readonly string[]
  /** What the app shows half a minute later: each call moves the clock, so that no code comes twice. */
  readonly code: () => Promise<string>
}

/** Makes ada, with an authenticator app. */
export async function enrolled(
  doorward: TestDoorward,
  values: Partial<NewUser> = {},
): Promise<Enrolled & { readonly ada: TestUser }> {
  const ada = await doorward.users.create({ username: 'ada', ...values })
  return { ada, ...(await enrol(doorward, ada)) }
}

/** Gives a user an authenticator app. */
export async function enrol(doorward: TestDoorward, { id, username, isStaff }: TestUser): Promise<Enrolled> {
  const { apps, changes } = doorward.instance.factors
  const user: User = { kind: 'user', id, name: username, isStaff, permissions: new Set() }
  const secret = secretIn((await apps.begin(user)).uri)
  const by = { actor: `user:${id}` }
  const { recoveryCodes } = await changes.addApp(user, totpCode(secret, doorward.clock.now()), by)
  return {
    user,
    secret,
    recoveryCodes: recoveryCodes ?? [],
    code: async () => {
      await doorward.clock.advance('30s')
      return totpCode(secret, doorward.clock.now())
    },
  }
}
