import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** Somebody in the table of the application. */
export interface Person {
  readonly id: string
  readonly email: string
}

/** The table of users that the application has had all along. */
export interface People {
  readonly add: (email: string, password: string) => Promise<Person>
  /** Whom the password is right for; `null` for everybody else, after as long. */
  readonly verify: (email: string, password: string) => Promise<Person | null>
  readonly find: (id: string) => Person | null
}

export function createPeople(): People {
  const rows = new Map<string, Person & { readonly salt: Buffer; readonly hash: Buffer }>()
  const nobody = { salt: randomBytes(16), hash: randomBytes(32) }

  return {
    add: async (email, password) => {
      const salt = randomBytes(16)
      const person = { id: `person-${rows.size + 1}`, email }
      rows.set(email, { ...person, salt, hash: await hashOf(password, salt) })
      return person
    },
    verify: async (email, password) => {
      const row = rows.get(email)
      const { salt, hash } = row ?? nobody
      const isRight = timingSafeEqual(await hashOf(password, salt), hash)
      return row !== undefined && isRight ? { id: row.id, email: row.email } : null
    },
    find: (id) => [...rows.values()].find((row) => row.id === id) ?? null,
  }
}

async function hashOf(password: string, salt: Buffer): Promise<Buffer> {
  return (await promisify(scrypt)(password, salt, 32)) as Buffer
}
