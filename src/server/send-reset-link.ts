import type { SendResetLink } from '../admin/users/user-profile.ts'
import type { Instance } from './instance.ts'

/** Mails a link to set a password, where mail goes anywhere. */
export function sendResetLink({ byMail, mail }: Instance): SendResetLink | null {
  if (!mail.outbox.isOpen) return null
  return async (userId, by) => {
    await byMail.resets.send(userId, by)
    return true
  }
}
