import type { Transaction } from 'kysely'
import type { Part } from '../mail/message.ts'
import type { Outbox } from '../mail/outbox.ts'
import { formatId } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'
import type { ActedBy } from './acted-by.ts'
import { minuteFor } from './preferences.ts'
import { nameInMail } from '../mail/name-in-mail.ts'

export interface NoticesOptions {
  readonly outbox: Pick<Outbox, 'add'>
  /** Where this site is, without a trailing slash: `https://id.example.com`. */
  readonly baseUrl: string
  /** Where a new password is asked for (/accounts/password/reset/). */
  readonly resetPath?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What a person is told of. */
export type NoticeKind =
  | 'password_changed'
  | 'password_set'
  | 'password_reset'
  | 'email_changed'
  | 'email_change_undone'
  | 'factor_added'
  | 'factor_removed'
  | 'passkey_added'
  | 'passkey_removed'
  | 'recovery_codes_made'
  | 'recovery_code_used'
  | 'sign_in_linked'
  | 'sign_in_unlinked'
  | 'deletion_cancelled'
  | 'account_joined'
  | 'account_ended'

export interface NoticeOptions {
  /** What it was about, such as the name of a passkey (nothing). */
  readonly what?: string
  /** The address it goes to, where that is not the user's present one (that of the user). */
  readonly to?: string
  /** What stands between what happened and what to do about it (nothing). */
  readonly more?: readonly Part[]
}

/**
 * Tells a user by mail of what happened to their account, in the unit in which it happens. Such mail cannot be turned off: it
 * is how people learn of what they did not do themselves. Users without an e-mail address are not told.
 */
export type Notify = (
  unit: Transaction<Schema>,
  userId: bigint,
  kind: NoticeKind,
  by: ActedBy,
  options?: NoticeOptions,
) => Promise<void>

export function createNotices(options: NoticesOptions): Notify {
  const { outbox, baseUrl, resetPath = '/accounts/password/reset/', clock = Date.now } = options
  return async (unit, userId, kind, by, { what, to, more = [] } = {}) => {
    const user = unit.selectFrom('users').select(['username', 'email']).where('id', '=', userId)
    const row = await user.executeTakeFirst()
    const address = to ?? row?.email ?? null
    if (row === undefined || address === null) return
    const [subject, sentence] = notices[kind]
    const facts: (readonly [string, string])[] = [
      ['Account', nameInMail(row.username)],
      ...(what === undefined ? [] : [['What', what] as const]),
      ['When', await minuteFor(unit, userId, clock())],
      ['By', whoDid(by, userId)],
      ...(typeof by.address === 'string' ? [['From', by.address] as const] : []),
    ]
    await outbox.add(unit, {
      kind,
      to: address,
      subject,
      parts: [
        sentence,
        { facts },
        ...more,
        'If you know of this, there is nothing to do. If not, choose a new password at once, and tell whoever runs this site.',
        { link: `${baseUrl}${resetPath}`, text: 'Choose a new password' },
      ],
    })
  }
}

function whoDid({ actor = 'system' }: ActedBy, userId: bigint): string {
  return actor === `user:${formatId(userId)}` ? 'you' : actor === 'system' ? 'the system' : 'an administrator'
}

/** What the mail says about it: its subject, and a sentence. */
const notices: Readonly<Record<NoticeKind, readonly [subject: string, sentence: string]>> = {
  password_changed: ['Your password was changed', 'The password of your account was changed.'],
  password_set: ['Your password was set', 'A new password was set for your account.'],
  password_reset: [
    'Your password was reset',
    'The password of your account was chosen anew, by a link that was mailed to you.',
  ],
  email_changed: ['Your e-mail address was changed', 'Your account has another e-mail address from now on.'],
  email_change_undone: [
    'Your e-mail address is the old one again',
    'The change of your e-mail address was undone, and everyone was signed out.',
  ],
  factor_added: ['A second factor was added', 'Signing in to your account takes a second factor that was added.'],
  factor_removed: ['A second factor was removed', 'A second factor was taken away from your account.'],
  passkey_added: ['A passkey was added', 'A passkey that signs in to your account was added.'],
  passkey_removed: ['A passkey was removed', 'A passkey was taken away from your account.'],
  recovery_codes_made: [
    'New recovery codes were made',
    'New recovery codes were made for your account. The old ones do not work any more.',
  ],
  recovery_code_used: ['A recovery code was used', 'A recovery code was used to sign in to your account.'],
  sign_in_linked: [
    'Another way to sign in was added',
    'An account elsewhere was linked to yours, and can sign in to it.',
  ],
  deletion_cancelled: ['Your account stays', 'The deletion of your account was cancelled. It stays as it is.'],
  account_joined: [
    'Another account is part of yours now',
    'Another account was made part of yours: its keys, applications and organisations are yours.',
  ],
  account_ended: [
    'Your account is part of another one now',
    'Your account was made part of another account of yours. Sign in to that one from now on.',
  ],
  sign_in_unlinked: ['A way to sign in was removed', 'An account elsewhere can no longer sign in to yours.'],
}
