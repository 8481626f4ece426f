import { isMailAddress } from '../../mail/mail-address.ts'
import type { Message } from '../../mail/message.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { Database } from '../../storage/database.ts'
import type { UserRow } from '../../storage/schema.ts'
import { emailKey } from '../identifier.ts'
import { invalid } from '../user-values.ts'
import type { MailLinks } from './mail-links.ts'

/** What everything that is done by mail needs. */
export interface ByMailOptions {
  readonly database: Database
  readonly links: MailLinks
  readonly outbox: Pick<Outbox, 'add' | 'isOpen'>
  /** Stops those who let mail rain on somebody: counts by caller and by address, and throws `Throttled` (no limit). */
  readonly limit?: MailLimit | undefined
  /** Where this site is, without a trailing slash: `https://id.example.com`. Links lead there, never to what a request says. */
  readonly baseUrl: string
  /** Whether somebody is written to who has no account, to say just that (false). */
  readonly mailUnknown?: boolean
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export type MailLimit = (asked: { readonly address: string | null; readonly emailKey: string }) => Promise<void>

/** An address as somebody typed it: as it is written, and as it is compared. */
export interface TypedAddress {
  readonly email: string
  readonly key: string
}

/** Reads an address. Throws `invalid` (400) that names the field, which depends on what was typed and on nothing else. */
export function addressIn(typed: string, field = 'email'): TypedAddress {
  const email = typed.normalize('NFC').trim()
  const key = emailKey(email)
  if (key === null || !isMailAddress(email) || !isMailAddress(key)) {
    throw invalid({
      [field]: [email === '' ? 'Enter your e-mail address.' : 'Enter an e-mail address such as ada@example.org.'],
    })
  }
  return { email, key }
}

/** The user of an address, whoever they are. */
export async function userByEmail(database: Pick<Database, 'read'>, key: string): Promise<UserRow | null> {
  const query = database.read.selectFrom('users').selectAll().where('email_key', '=', key)
  return (await query.executeTakeFirst()) ?? null
}

/** A link for a mail. */
export function linkTo(baseUrl: string, path: string, key: string): string {
  return `${baseUrl}${path}?${new URLSearchParams({ key })}`
}

/** For those who do not know under which of their addresses they have an account. */
export function unknownMessage(to: string, signIn: string, now: number): Message {
  return {
    kind: 'no_account',
    to,
    subject: 'There is no account with this address',
    expiresAt: now + 3_600_000,
    parts: [
      'Somebody, most likely you, asked to get into an account with this e-mail address. There is none.',
      'You may have used another address. If it was not you, there is nothing to do.',
      { link: signIn, text: 'Go to sign in' },
    ],
  }
}
