import { RequestRefused } from '../core/errors.ts'
import type { Part } from '../mail/message.ts'
import { render } from '../mail/render.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import { outboxPage } from '../pages/outbox.ts'
import { isDevelopment } from './is-development.ts'
import type { Instance } from './instance.ts'
import type { Route } from './route.ts'
import { siteOf } from './site.ts'

/**
 * `/accounts/outbox/`: what would have been mailed. It is there in development mode alone, where no mail server is set, and for
 * this machine alone: who reads it can get into every account.
 */
export function outboxRoutes({ settings, mail }: Pick<Instance, 'settings' | 'mail'>): readonly Route[] {
  if (!isDevelopment(settings) || settings.smtpUrl !== null) return []
  return [
    {
      path: '/accounts/outbox/',
      methods: {
        GET: async (request) => {
          // A proxy on this machine, that lets others in, names them.
          const isLocal = localAddresses.has(request.peer?.address ?? '') && localAddresses.has(request.address ?? '')
          const isForwarded = ['forwarded', 'x-forwarded-for', 'via'].some((name) => request.headers.get(name) !== null)
          if (!isLocal || isForwarded) throw new RequestRefused('not_found')
          const waiting = await mail.outbox.list()
          const messages = await Promise.all(
            waiting.map(async ({ id, createdAt, message }) => ({
              id,
              to: message.to,
              subject: message.subject,
              text: (await render(message, settings.siteName)).text,
              links: linksIn(message.parts),
              at: createdAt,
            })),
          )
          const page = await outboxPage({ site: siteOf(settings), messages })
          return htmlAnswer(page, { secure: false })
        },
      },
    },
  ]
}

const localAddresses: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])

function linksIn(parts: readonly Part[]): readonly { readonly href: string; readonly text: string }[] {
  return parts.flatMap((part) =>
    typeof part === 'object' && 'link' in part ? [{ href: part.link, text: part.text }] : [],
  )
}
