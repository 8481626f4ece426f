import { utcMinute } from '../core/utc-minute.ts'
import type { Transaction } from 'kysely'
import type { Outbox } from '../mail/outbox.ts'
import type { Schema } from '../storage/schema.ts'
import type { Standing } from '../tokens/standing.ts'
import { nameInMail } from '../mail/name-in-mail.ts'

/** What is to be written to somebody who is invited. */
export interface InvitationMail {
  readonly to: string
  /** Stands at the end of the link. It is nowhere else. */
  readonly token: string
  readonly organisation: string
  readonly standing: Standing
  /** The username of whoever invites; `null`: the administration. */
  readonly inviter: string | null
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** Posts it, in the unit that makes the invitation. */
export type PostInvitation = (unit: Transaction<Schema>, mail: InvitationMail) => Promise<void>

export interface InvitationMailOptions {
  readonly outbox: Pick<Outbox, 'add'>
  /** Where this site is, without a trailing slash: `https://id.example.com`. */
  readonly baseUrl: string
}

/** Writes to whoever is invited: who invites them to what, and the link. */
export function createInvitationMail({ outbox, baseUrl }: InvitationMailOptions): PostInvitation {
  return async (unit, { to, token, standing, expiresAt, ...names }) => {
    const organisation = nameInMail(names.organisation)
    const inviter = names.inviter === null ? null : nameInMail(names.inviter)
    await outbox.add(unit, {
      kind: 'invitation',
      to,
      subject: `You are invited to ${organisation}`,
      parts: [
        `${inviter === null ? 'The administration' : inviter} invites you to join the organisation ${organisation}.`,
        {
          facts: [
            ['Organisation', organisation],
            ['You become', standing === 'member' ? 'a member' : `an ${standing}`],
            ['The link works until', utcMinute(expiresAt)],
          ],
        },
        { link: invitationLink(baseUrl, token), text: 'See the invitation' },
        'The link works once, for an account with this e-mail address. If you do not know what this is about, there is nothing to do.',
      ],
      expiresAt,
    })
  }
}

/** Where whoever is invited goes. */
export function invitationLink(baseUrl: string, token: string): string {
  return `${baseUrl}${invitationPath}${token}/`
}

export const invitationPath = '/accounts/invitation/'
