import { randomBytes } from 'node:crypto'
import { createPasswordHasher } from '../../crypto/password-hash.ts'
import { createSealer } from '../../crypto/seal.ts'
import type { Message } from '../../mail/message.ts'
import { createOutbox, type Outbox } from '../../mail/outbox.ts'
import type { Stage } from '../../tokens/databases.contract.ts'
import { createTokenFormat } from '../../tokens/format.ts'
import { createNotices } from '../notices.ts'
import { createPasswords, type Passwords } from '../passwords.ts'
import { createUsers, type Users } from '../users.ts'
import type { ByMailOptions } from './by-mail.ts'
import { createMailLinks, type MailLinks } from './mail-links.ts'

export const right = 'kfwzqpxmvj'
export const next = 'a new long sentence'
export const baseUrl = 'https://id.example'

const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 1 })
const format = createTokenFormat()

/** What is done by mail, on a database of its own. */
export interface ByMailStage extends Stage {
  readonly outbox: Outbox
  readonly links: MailLinks
  readonly users: Users
  readonly passwords: Passwords
  /** What everything by mail is made with, here and on the second node. */
  readonly common: ByMailOptions &
    Pick<Parameters<typeof createPasswords>[0], 'hasher' | 'notify'> & {
      accessTokenLifetime: number
      clock: () => number
    }
  readonly secondCommon: ByMailStage['common']
  /** The messages that wait, newest first. */
  readonly mails: () => Promise<readonly Message[]>
  /** Forgets them. */
  readonly empty: () => Promise<void>
  readonly events: (name: string) => Promise<number>
}

export async function byMailStage(stage: () => Promise<Stage>): Promise<ByMailStage> {
  const here = await stage()
  const { database, second, clock } = here
  const sealer = createSealer({ secret: randomBytes(32).toString('base64') })
  const outbox = createOutbox({ database, clock, sealer })
  const links = createMailLinks({ database, format, clock })
  const notify = createNotices({ outbox, clock, baseUrl })
  const rest = { baseUrl, clock, hasher, notify, accessTokenLifetime: 3600 }
  const common = { database, links, outbox, ...rest }
  const secondCommon = {
    database: second,
    links: createMailLinks({ database: second, format, clock }),
    outbox: createOutbox({ database: second, clock, sealer }),
    ...rest,
  }
  return {
    ...here,
    outbox,
    links,
    common,
    secondCommon,
    users: createUsers({ database, clock, hasher }),
    passwords: createPasswords({ database, clock, hasher, guard: false, notify, lastLogin: false }),
    mails: async () => (await outbox.list()).map(({ message }) => message),
    empty: async () => {
      await database.write(async (unit) => unit.deleteFrom('mail_outbox').execute())
    },
    events: async (name) =>
      (await database.read.selectFrom('audit_events').select('id').where('event', '=', name).execute()).length,
  }
}

/** The link in a message. */
export function linkIn(message: Message | undefined): string {
  for (const part of message?.parts ?? []) if (typeof part === 'object' && 'link' in part) return part.link
  return ''
}

/** What stands at its end. */
export function keyIn(message: Message | undefined): string {
  const link = linkIn(message)
  return link === '' ? '' : (new URL(link).searchParams.get('key') ?? '')
}

/** The code in a message. */
export function codeIn(message: Message | undefined): string {
  for (const part of message?.parts ?? []) if (typeof part === 'object' && 'code' in part) return part.code
  return ''
}
