import type { MailStores } from '../admin/operation/mail-state.ts'
import type { Instance } from './instance.ts'
import { senderOf, serverShown } from './mail-services.ts'

/** How mail is sent, for the console and the API of administrators. */
export function adminMail({ settings, mail, lists }: Instance): MailStores {
  return {
    testMail: mail.tests.ask,
    mailState: async () => {
      const [waiting, tests, isProved, { entries }] = await Promise.all([
        mail.outbox.waiting(),
        mail.tests.list(),
        mail.tests.isProved(),
        lists.auditLog.list({ event: 'mail.not_delivered' }, { limit: 10 }),
      ])
      return {
        server: serverShown(settings),
        from: senderOf(settings),
        isOpen: mail.outbox.isOpen,
        isProved,
        waiting,
        tests,
        givenUp: entries.map(({ at, detail }) => ({
          at,
          kind: textOf(detail['kind']),
          reason: textOf(detail['reason']),
        })),
      }
    },
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
