import type { Transaction } from 'kysely'
import { RequestRefused } from '../../core/errors.ts'
import type { Message } from '../../mail/message.ts'
import { isConflict } from '../../storage/conflict.ts'
import type { Schema, UserRow } from '../../storage/schema.ts'
import { acceptedAtSignUp, type Terms } from '../accepted-terms.ts'
import { type ActedBy, eventBy } from '../acted-by.ts'
import { identifierKey } from '../identifier.ts'
import { createNewPassword, type NewPasswordOptions } from '../new-password.ts'
import { newUserRow } from '../new-user-row.ts'
import { accountOf } from '../password-rows.ts'
import { invalid, userColumnsOf } from '../user-values.ts'
import { addressIn, type ByMailOptions, linkTo, type TypedAddress, userByEmail } from './by-mail.ts'
import type { EmailVerifications } from './email-verifications.ts'
import { nameInMail } from '../../mail/name-in-mail.ts'

export interface SignUpsOptions extends ByMailOptions, NewPasswordOptions {
  readonly verifications: Pick<EmailVerifications, 'issue'>
  /** Who may: nobody, who was invited, or anyone (off). */
  readonly mode?: 'off' | 'invitation' | 'open'
  /** Whether a username is asked for; else it is the e-mail address (false). */
  readonly usernames?: boolean
  /** Whether an account may be made without a password, by those who sign in by codes (false). */
  readonly passwordless?: boolean
  /** What has to be accepted (nothing). */
  readonly terms?: Terms | null
  /** Reads invitations: `null` for one that does not let anybody in any more (there are none). */
  readonly invitations?: (token: string) => Promise<Invited | null>
  /** Where to sign in and to get a new password (/accounts/login/ and /accounts/password/reset/). */
  readonly signInPath?: string
  readonly resetPath?: string
  /** Seconds that the link to a passkey works (three days), and where it leads (/accounts/sign-up/passkey/confirm/). */
  readonly lifetime?: number
  readonly passkeyPath?: string
}

/** Who was invited, by whom, and to what. */
export interface Invited {
  readonly email: string
  /** A sentence for the page, such as `Bob invites you to Acme.` */
  readonly sentence: string
}

export interface NewSignUp {
  readonly email: string
  /** As the options ask for it. */
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** Whether the terms are accepted, where there are some. */
  readonly accepts?: boolean
  /** The token of an invitation (none). */
  readonly invitation?: string | null
  /** Whether they make a passkey in place of a password, once they have opened the link of the mail (false). */
  readonly isByPasskey?: boolean
  /** Where they are on their way to, for the link of the mail (home). */
  readonly next?: string | null
}

/** Accounts that people make themselves. */
export interface SignUps {
  readonly mode: 'off' | 'invitation' | 'open'
  readonly terms: Terms | null
  readonly usernames: boolean
  readonly passwordless: boolean
  /** Reads an invitation for the page. */
  readonly invited: (token: string) => Promise<Invited | null>
  /** Whether anybody who comes with this (or nothing) may sign up. */
  readonly isOpen: (invitation: string | null) => Promise<boolean>
  /**
   * Makes an account and mails a link to its address. Where the address has an account already, its owner is told by mail, and
   * whoever asked sees and waits for the same. Nobody is signed in by it. Throws `invalid` for values that cannot be, `Throttled`,
   * and `permission_denied`'s kin `not_found` where nobody may.
   */
  readonly signUp: (values: NewSignUp, by?: ActedBy) => Promise<void>
}

export function createSignUps(options: SignUpsOptions): SignUps {
  const { database, links, outbox, limit, baseUrl, verifications, clock = Date.now } = options
  const { mode = 'off', usernames = false, passwordless = false, terms = null } = options
  const { invitations = async () => null } = options
  const { signInPath = '/accounts/login/', resetPath = '/accounts/password/reset/' } = options
  const { lifetime = 259_200, passkeyPath = '/accounts/sign-up/passkey/confirm/' } = options
  const newPassword = createNewPassword(options)

  async function isOpen(invitation: string | null): Promise<boolean> {
    if (mode === 'off') return false
    return mode === 'open' || (invitation !== null && (await invitations(invitation)) !== null)
  }

  async function admit({ invitation = null, email }: NewSignUp): Promise<void> {
    if (!(await isOpen(invitation))) throw new RequestRefused('not_found', closed[mode === 'open' ? 'off' : mode])
    if (mode !== 'invitation' || invitation === null) return
    const invited = await invitations(invitation)
    if (invited === null || identifierKey(invited.email) !== identifierKey(email)) {
      throw invalid({ email: ['The invitation is for another e-mail address.'] })
    }
  }

  async function rowFor(values: NewSignUp, { email }: TypedAddress): Promise<UserRow> {
    const username = usernames ? (values.username ?? '').trim() : email
    const faults: Record<string, readonly string[]> = {}
    if (terms !== null && values.accepts !== true) faults['terms'] = ['Accept the terms to go on.']
    if (usernames && username === '') faults['username'] = ['Choose a username.']
    if (Object.keys(faults).length > 0) throw invalid(faults)
    const columns = userColumnsOf({ username, email })
    const invited = values.invitation ? await invitations(values.invitation) : null
    const isInvited = invited !== null && identifierKey(invited.email) === identifierKey(email)
    const source = isInvited ? 'invitation' : 'sign_up'
    const { password = '' } = values
    const hash =
      values.isByPasskey === true || (password === '' && passwordless)
        ? null
        : await newPassword(password, { username, email, field: 'password' })
    return newUserRow(columns, { id: database.newId(), now: Math.floor(clock()), passwordHash: hash, source })
  }

  /** The link of the mail verifies the address; where there is no password, it leads to a passkey too. */
  async function mailLink(unit: Transaction<Schema>, row: UserRow, { isByPasskey = false, next = null }: NewSignUp) {
    const email = row.email ?? ''
    if (!isByPasskey) return verifications.issue(unit, { ...row, email }, next)
    const about = { email, emailKey: row.email_key, next }
    const { text, expiresAt } = await links.issue(unit, { purpose: 'passkey_sign_up', user: row, lifetime, ...about })
    await outbox.add(unit, passkeyMessage(row, email, linkTo(baseUrl, passkeyPath, text), expiresAt))
  }

  async function add(unit: Transaction<Schema>, row: UserRow, values: NewSignUp, by: ActedBy): Promise<void> {
    await unit.insertInto('users').values(row).execute()
    await mailLink(unit, row, values)
    const who = accountOf(row.id)
    const accepted = acceptedAtSignUp(terms, row.id, row.created_at)
    if (accepted.rows.length > 0) await unit.insertInto('accepted_terms').values(accepted.rows).execute()
    const detail = { by: 'sign_up', ...accepted.detail }
    await database.audit(unit, eventBy({ actor: who, ...by }, 'user.created', who, detail))
  }

  /** The work of `add`, for an address that has an account: its owner hears of it. */
  async function tell(unit: Transaction<Schema>, row: UserRow, owner: UserRow | null, by: ActedBy): Promise<void> {
    await unit.updateTable('users').set({ created_at: row.created_at }).where('id', '=', row.id).execute()
    await links.idle(unit)
    const isTold = owner !== null && owner.is_active === 1 && owner.email !== null
    const letter = isTold ? takenMessage(owner.email ?? '', `${baseUrl}${signInPath}`, `${baseUrl}${resetPath}`) : null
    await outbox.add(unit, letter)
    const who = owner === null ? 'unknown' : accountOf(owner.id)
    await database.audit(unit, eventBy({ actor: 'unknown', ...by }, 'sign_up.taken', who))
  }

  async function refuseTakenName(row: UserRow): Promise<void> {
    if (!usernames) return
    const query = database.read.selectFrom('users').select('id').where('username_key', '=', row.username_key)
    if ((await query.executeTakeFirst()) !== undefined) throw invalid({ username: ['This username is taken.'] })
  }

  return {
    mode,
    terms,
    usernames,
    passwordless,
    invited: async (token) => invitations(token),
    isOpen,
    signUp: async (values, by = {}) => {
      await admit(values)
      const address = addressIn(values.email)
      await limit?.({ address: by.address ?? null, emailKey: address.key })
      const row = await rowFor(values, address)
      await refuseTakenName(row)
      try {
        await database.write(async (unit) => {
          const owner = await userByEmail({ read: unit }, address.key)
          // Asked in any case, so that both take as long.
          const isKept = await links.isKept(unit, address.key)
          const isTaken = owner !== null || isKept
          await (isTaken ? tell(unit, row, owner, by) : add(unit, row, values, by))
        })
      } catch (error) {
        // Somebody was faster, with the address or the name.
        if (!isConflict(error)) throw error
        await refuseTakenName(row)
        const owner = await userByEmail(database, address.key)
        await database.write(async (unit) => tell(unit, row, owner, by))
      }
    },
  }
}

const closed = {
  off: 'Nobody can sign up here.',
  invitation: 'Who was invited can sign up here. Open the link of your invitation, or ask for a new one.',
} as const

function passkeyMessage({ username }: UserRow, to: string, url: string, expiresAt: number): Message {
  return {
    kind: 'passkey_sign_up',
    to,
    subject: 'Make your passkey',
    expiresAt,
    parts: [
      `Somebody, most likely you, signed up here with this e-mail address: ${nameInMail(username)}. Confirm that it is yours, and make the passkey that you sign in with.`,
      { link: url, text: 'Make the passkey' },
      'Open it on the device that you want to sign in with. The link works once.',
      'If it was not you, there is nothing to do: leave the link alone, and nobody can sign in.',
    ],
  }
}

function takenMessage(to: string, signIn: string, reset: string): Message {
  return {
    kind: 'sign_up_taken',
    to,
    subject: 'You have an account already',
    parts: [
      'Somebody, most likely you, wanted to sign up with this e-mail address. It has an account already, so no other was made.',
      { link: signIn, text: 'Sign in' },
      { link: reset, text: 'Choose a new password' },
      'If it was not you, there is nothing to do.',
    ],
  }
}
