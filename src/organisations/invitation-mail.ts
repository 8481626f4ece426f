import type { Outbox } from '../mail/outbox.ts'
import type { InvitationsOptions } from './invitations.ts'

export interface InvitationMailOptions {
  readonly outbox: Pick<Outbox, 'add'>
  /** Where this site is, without a trailing slash: `https://id.example.com`. */
  readonly baseUrl: string
}

/** Writes to whoever is invited: who invites them to what, and the link. */
export function createInvitationMail({
  outbox,
  baseUrl,
}: InvitationMailOptions): NonNullable<InvitationsOptions['notify']> {
  return async (unit, { to, token, organisation, standing, inviter, expiresAt }) =>
    outbox.add(unit, {
      kind: 'invitation',
      to,
      subject: `You are invited to ${organisation}`,
      parts: [
        `${inviter === null ? 'The administration' : inviter} invites you to join the organisation ${organisation}.`,
        {
          facts: [
            ['Organisation', organisation],
            ['You become', standing === 'member' ? 'a member' : `an ${standing}`],
            ['The link works until', `${new Date(expiresAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`],
          ],
        },
        { link: invitationLink(baseUrl, token), text: 'See the invitation' },
        'The link works once, for an account with this e-mail address. If you do not know what this is about, there is nothing to do.',
      ],
      expiresAt,
    })
}

/** Where whoever is invited goes. */
export function invitationLink(baseUrl: string, token: string): string {
  return `${baseUrl}${invitationPath}${token}/`
}

export const invitationPath = '/accounts/invitation/'
