import type { Message } from '../../mail/message.ts'
import { nameInMail } from '../../mail/name-in-mail.ts'

/** For the new address: with the link that confirms it. */
export function changeMail(username: string, { to, url, expiresAt }: ConfirmingMail): Message {
  return {
    kind: 'email_change',
    to,
    subject: 'Confirm your new e-mail address',
    expiresAt,
    parts: [
      `The account ${nameInMail(username)} is to have this e-mail address. Confirm that it is yours.`,
      { link: url, text: 'Confirm the address' },
      'The link works once, for an hour. Until it is opened, the old address stays.',
      'If it was not you, there is nothing to do: leave the link alone.',
    ],
  }
}

interface ConfirmingMail {
  readonly to: string
  readonly url: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** For an address that has an account already. Nothing in it is chosen by whoever asked. */
export function changeTakenMail(to: string): Message {
  return {
    kind: 'email_change_taken',
    to,
    subject: 'You have an account already',
    parts: [
      'Somebody wanted to give this e-mail address to another account. It has one already, so nothing was changed.',
      'If it was you, sign in to that account, or give it another address first. If not, there is nothing to do.',
    ],
  }
}
