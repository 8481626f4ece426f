import { z } from 'zod'
import { json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import { RequestRefused } from '../../core/errors.ts'
import { actingUser } from '../acting-user.ts'
import { mayAdminister } from '../may-administer.ts'
import type { MailStores, MailTestShown } from './mail-state.ts'

/** How mail is sent, and a test of it, for administrators. */
export function mailApi({ mailState, testMail }: MailStores): readonly Operation[] {
  const common = { tag: 'Operation', permission: mayAdminister } as const
  return [
    operation({
      ...common,
      method: 'GET',
      path: '/api/admin/mail/',
      summary: 'Read how mail is sent, and what became of tests',
      answer: json(state),
      handler: async () => {
        const { server, from, isOpen, isProved, waiting, tests, givenUp } = await mailState()
        return {
          server,
          from,
          is_open: isOpen,
          is_proved: isProved,
          waiting: waiting.count,
          waiting_since: toMoment(waiting.since),
          tests: tests.map(testAnswer),
          given_up: givenUp.map(({ at, kind, reason }) => ({ at: toMoment(at), kind, reason })),
        }
      },
    }),
    operation({
      ...common,
      method: 'POST',
      path: '/api/admin/mail/tests/',
      summary: 'Send a test to one’s own address',
      description: 'What became of it stands in the list a moment later.',
      refuses: ['conflict'],
      answer: json(test, { status: 202, description: 'It is on its way.' }),
      handler: async ({ identity, by }) => {
        const { email } = actingUser(identity)
        if (typeof email !== 'string')
          throw new RequestRefused('conflict', 'Your account has no e-mail address that a test could go to.')
        return testAnswer(await testMail(email, by))
      },
    }),
  ]
}

const test = z
  .object({
    id: z.string(),
    server: z.string().nullable().meta({ description: 'The mail server that it was for; null where there was none.' }),
    asked_at: moment,
    delivered_at: momentOrNull.meta({ description: 'When the mail server took it.' }),
    failed_at: momentOrNull.meta({ description: 'When it last did not.' }),
    reason: z.string().nullable(),
    is_waiting: z.boolean().meta({ description: 'Whether another try may still come.' }),
  })
  .meta({ id: 'MailTest', description: 'A message by which an administrator sees whether mail arrives.' })

const state = z
  .object({
    server: z.string().nullable().meta({ description: 'Host and port of the mail server; null where none is set.' }),
    from: z.string(),
    is_open: z.boolean().meta({ description: 'Whether mail goes anywhere.' }),
    is_proved: z.boolean().meta({ description: 'Whether this mail server took a test.' }),
    waiting: z.int().meta({ description: 'Messages that wait: 1000 stands for that and more.' }),
    waiting_since: momentOrNull,
    tests: z.array(test),
    given_up: z
      .array(z.object({ at: moment, kind: z.string(), reason: z.string() }))
      .meta({ description: 'What was given up lately. Whom it was for is not told.' }),
  })
  .meta({ id: 'MailState', description: 'How mail is sent from here.' })

function testAnswer(one: MailTestShown): z.input<typeof test> {
  return {
    id: one.id,
    server: one.server || null,
    asked_at: toMoment(one.askedAt),
    delivered_at: toMoment(one.deliveredAt),
    failed_at: toMoment(one.failedAt),
    reason: one.reason,
    is_waiting: one.isWaiting,
  }
}
