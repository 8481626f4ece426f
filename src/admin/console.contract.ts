import { type Person, person } from '../screens/person.contract.ts'
import { createTestDoorward, type TestDoorward, type TestDoorwardOptions } from '../testing/test-doorward.ts'
import { type ApiKeyList, createApiKeyList } from '../tokens/api-key-list.ts'
import type { TestUser } from '../testing/test-credentials.ts'

/** A server with a superuser, a member of staff and an ordinary user; the first two are at the console. */
export interface Console extends AsyncDisposable {
  readonly doorward: TestDoorward
  readonly base: string
  readonly root: Person
  readonly staff: Person
  readonly rootUser: TestUser
  readonly staffUser: TestUser
  readonly ada: TestUser
  readonly keyList: ApiKeyList
  /** Somebody else who signs in. */
  readonly signedIn: (user: TestUser) => Promise<Person>
}

export async function openConsole(options: TestDoorwardOptions = {}): Promise<Console> {
  const doorward = await createTestDoorward(options)
  const base = await doorward.listen()
  const password = 'correct horse battery'
  const rootUser = await doorward.users.create({ username: 'root', password, isStaff: true, isSuperuser: true })
  const staffUser = await doorward.users.create({ username: 'grace', password, isStaff: true })
  const ada = await doorward.users.create({ username: 'ada', password, email: 'ada@example.org' })
  const signedIn = async ({ username }: TestUser): Promise<Person> => {
    const who = person(base)
    await who.signIn(username, password)
    return who
  }
  return {
    doorward,
    base,
    root: await signedIn(rootUser),
    staff: await signedIn(staffUser),
    rootUser,
    staffUser,
    ada,
    keyList: createApiKeyList(doorward.instance),
    signedIn,
    [Symbol.asyncDispose]: doorward.close,
  }
}
