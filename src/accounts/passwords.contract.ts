import { after } from 'node:test'
import { createPasswordHasher, type PasswordHasher } from '../crypto/password-hash.ts'
import { parseId } from '../storage/id.ts'
import { createGuessingGuard } from '../throttling/guessing.ts'
import type { Stage } from '../tokens/databases.contract.ts'
import { createPasswords, type Passwords, type PasswordsOptions } from './passwords.ts'
import { createUsers, type Users } from './users.ts'

export const cheap = { memoryCost: 8192, timeCost: 1 }
export const plain: PasswordHasher = createPasswordHasher(cheap)
export const right = 'kfwzqpxmvj'
export const home = { address: '198.51.100.7' }
export const elsewhere = { address: '203.0.113.9' }

export interface PasswordStage extends Stage {
  readonly passwords: Passwords
  readonly users: Users
  readonly addSession: (userId: string) => Promise<void>
  /** What was handed to the hasher to compare with. */
  readonly hashed: (string | null)[]
}

/** Opens passwords on stages, and closes them after the suite. */
export function passwordStage(
  stage: () => Promise<Stage>,
): (options?: Partial<PasswordsOptions>) => Promise<PasswordStage> {
  const opened: Passwords[] = []
  after(async () => {
    await Promise.all(opened.map(async (passwords) => passwords.close()))
  })
  return async (options = {}) => {
    const here = await stage()
    const { database, clock } = here
    const hashed: (string | null)[] = []
    const hasher = counted(options.hasher ?? plain, hashed)
    const passwords = createPasswords({ database, clock, guard: createGuessingGuard({ clock }), ...options, hasher })
    opened.push(passwords)
    const addSession = async (id: string) => {
      const times = { created_at: clock(), last_seen_at: clock(), expires_at: clock() + 1e9, authenticated_at: clock() }
      const rest = {
        digest: new Uint8Array(32),
        amr: 'pwd',
        address: null,
        user_agent: null,
        address_key: null,
        sign_in_id: 1n,
      }
      await database.append({ sessions: { id: database.newId(), user_id: parseId(id) as bigint, ...times, ...rest } })
    }
    return { ...here, passwords, hashed, addSession, users: createUsers({ database, clock, hasher: plain }) }
  }
}

function counted(hasher: PasswordsOptions['hasher'], hashed: (string | null)[]): PasswordsOptions['hasher'] {
  return {
    ...hasher,
    verify: async (stored, password) => {
      hashed.push(stored)
      return hasher.verify(stored, password)
    },
  }
}
