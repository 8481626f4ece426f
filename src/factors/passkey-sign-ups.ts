import type { ActedBy } from '../accounts/acted-by.ts'
import { eventBy } from '../accounts/acted-by.ts'
import { deadLink } from '../accounts/by-mail/dead-link.ts'
import type { MailLinks } from '../accounts/by-mail/mail-links.ts'
import type { User } from '../core/identity.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import { toUser, userColumns } from '../tokens/principal.ts'
import type { FactorChanges, FirstCodes } from './factor-changes.ts'
import type { Passkey } from './passkey-rows.ts'
import type { Passkeys } from './passkeys.ts'

export interface PasskeySignUpsOptions {
  readonly database: Database
  readonly links: Pick<MailLinks, 'find' | 'spend' | 'drop'>
  readonly passkeys: Pick<Passkeys, 'creation'>
  readonly changes: Pick<FactorChanges, 'addPasskey'>
}

/** Who waits for their passkey. */
export interface PasskeySignUp {
  readonly user: User
  readonly email: string
  /** What the browser's answer is bound to. */
  readonly binding: string
  /** Where they were on their way to; `null` for home. */
  readonly next: string | null
}

/** Accounts whose owners open the link of their sign-up and make a passkey: the only way in that they begin with. */
export interface PasskeySignUps {
  /** Whose link it is, `null` where it does not work. It is not used by this. */
  readonly find: (key: string) => Promise<PasskeySignUp | null>
  /** What the browser is to be asked: a passkey that is found without a name, and whose device asks who it is. */
  readonly creation: (waiting: PasskeySignUp) => ReturnType<Passkeys['creation']>
  /**
   * Adds the passkey, verifies the address and uses the link up, all in one unit. Throws `invalid`, that names `token` for a link that
   * does not work, and as `Passkeys.register` does: then the link still works.
   */
  readonly complete: (
    key: string,
    made: { readonly answer: unknown; readonly name: string | null },
    by?: ActedBy,
  ) => Promise<PasskeySignUp & FirstCodes & { readonly passkey: Passkey }>
}

export function createPasskeySignUps({ database, links, passkeys, changes }: PasskeySignUpsOptions): PasskeySignUps {
  async function find(key: string): Promise<PasskeySignUp | null> {
    const found = await links.find('passkey_sign_up', key)
    if (found === null) return null
    const { link } = found
    const query = database.read.selectFrom('users').select(userColumns).where('id', '=', found.user.id)
    const row = await query.executeTakeFirst()
    const user = row === undefined ? null : toUser(row, Number.POSITIVE_INFINITY)
    return user === null ? null : { user, email: link.email ?? '', binding: formatId(link.id), next: link.next }
  }

  return {
    find,
    creation: async ({ user, binding }) => passkeys.creation(user, binding, { isOnlyWayIn: true }),

    complete: async (key, { answer, name }, by = {}) => {
      const waiting = await find(key)
      if (waiting === null) throw deadLink()
      const { user, binding } = waiting
      const who = `user:${user.id}`
      const actor = { actor: who, ...by }
      const added = await changes.addPasskey(
        { user, binding, answer, name, isOnlyWayIn: true, by: actor },
        {
          isForced: true,
          before: async (unit) => {
            const spent = await links.spend(unit, 'passkey_sign_up', key)
            if (spent === null) throw deadLink()
            await unit.updateTable('users').set({ email_verified: 1 }).where('id', '=', spent.user.id).execute()
            await links.drop(unit, spent.user.id, ['email_verification', 'passkey_sign_up'])
            await database.audit(unit, eventBy(actor, 'email.verified', who, { by: 'passkey_sign_up' }))
          },
        },
      )
      return { ...waiting, ...added }
    },
  }
}
