import { createBreachedPasswords } from '../accounts/breached-passwords.ts'
import { createNotices, type Notify } from '../accounts/notices.ts'
import type { Sealer } from '../crypto/seal.ts'
import { createSafeFetch } from '../http/safe-fetch.ts'
import { createMailTests, type MailTests, mailTestReports } from '../mail/mail-tests.ts'
import { createOutbox, type Outbox } from '../mail/outbox.ts'
import { createSender } from '../mail/sender.ts'
import type { OutboxWorker } from '../storage/outbox-worker.ts'
import { checkSmtp, smtp } from '../mail/smtp.ts'
import type { Database } from '../storage/database.ts'
import { baseUrlOf } from './addresses.ts'
import { isDevelopment } from './is-development.ts'
import type { Logger } from './log.ts'
import { SettingsInvalid, type Settings } from './settings.ts'

/** What sends mail, made from the settings. */
export interface MailServices {
  /** Its `isOpen` says whether mail goes anywhere: to a mail server, or in development to the page that shows it. */
  readonly outbox: Outbox
  /** Messages by which administrators see whether mail arrives. */
  readonly tests: MailTests
  /** Tells users of what happened to their account: see `accounts/notices.ts`. */
  readonly notify: Notify
  /** Sends what is due now. */
  readonly deliver: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface MailTools {
  readonly database: Database
  readonly sealer: Sealer
  readonly log: Pick<Logger, 'warn' | 'info'>
  readonly clock: () => number
}

export function mailServices(settings: Settings, { database, sealer, log, clock }: MailTools): MailServices {
  const senders: OutboxWorker[] = []
  const outbox = createOutbox({
    database,
    sealer,
    clock,
    isOpen: canMail(settings),
    reports: mailTestReports(clock),
    onAdded: () => senders.forEach((sender) => sender.soon()),
  })
  if (settings.smtpUrl !== null) {
    senders.push(
      createSender({
        siteName: settings.siteName,
        outbox,
        transport: smtp({
          url: settings.smtpUrl,
          from: senderOf(settings),
          ...(settings.smtpTls ? {} : { tls: false }),
        }),
        onFailed: ({ error, gaveUp, ...failure }) =>
          log.warn(
            // Its cause may quote whom the mail was for.
            { ...failure, reason: error.message },
            gaveUp ? 'mail was given up' : 'mail could not be sent; it is tried again',
          ),
        onError: (error) => log.warn({ err: error }, 'the outbox could not be read; it is tried again'),
      }),
    )
  }
  return {
    outbox,
    tests: createMailTests({ database, outbox, server: serverShown(settings), clock }),
    notify: createNotices({ outbox, baseUrl: baseUrlOf(settings), clock }),
    deliver: async () => {
      for (const sender of senders) await sender.deliver()
    },
    close: async () => {
      await Promise.all(senders.map(async (sender) => sender.close()))
    },
  }
}

/** Whether mail goes anywhere. */
function canMail(settings: Settings): boolean {
  return settings.smtpUrl !== null || isDevelopment(settings)
}

/** What does not work without mail, `null` where mail is sent: for the log at each start, and for `doctor`. */
export function withoutMail(settings: Pick<Settings, 'smtpUrl' | 'publicUrl'>): string | null {
  if (settings.smtpUrl !== null) return null
  return isDevelopment(settings)
    ? 'No mail is sent: /accounts/outbox/ shows what would be (development mode).'
    : 'No mail server is set: nobody can reset a password, verify an e-mail address, or hear of changes to their account.'
}

/** The mail server without its credentials. */
export function serverShown({ smtpUrl }: Pick<Settings, 'smtpUrl'>): string | null {
  return smtpUrl === null ? null : new URL(smtpUrl).host
}

/** Whom mail is from. */
export function senderOf({ mailFrom, publicUrl }: Settings): string {
  return mailFrom ?? `no-reply@${publicUrl === null ? 'localhost' : new URL(publicUrl).hostname}`
}

/** What is wrong with the mail server of the settings, `null` where it answers and takes our credentials. Nothing is sent. */
export async function mailFault({ smtpUrl, smtpTls }: Pick<Settings, 'smtpUrl' | 'smtpTls'>): Promise<string | null> {
  if (smtpUrl === null) return null
  return checkSmtp({ url: smtpUrl, timeout: 3000, ...(smtpTls ? {} : { tls: false }) }).then(
    () => null,
    (error: Error) => error.message,
  )
}

/** Refuses settings that need mail where there is none: who is told to open a link that is never sent waits for ever. */
export function refuseWithoutMail(settings: Settings): void {
  if (canMail(settings)) return
  const { signUp, emailVerification, emailCodes } = settings
  const needs = [
    ...(signUp === 'off' ? [] : ['signUp']),
    ...(emailVerification === 'mandatory' ? ['emailVerification'] : []),
    ...(emailCodes ? ['emailCodes'] : []),
  ]
  if (needs.length > 0) throw new SettingsInvalid(needs.map((name) => `${name} needs a mail server. Set smtpUrl too.`))
}

/** Asks a range API about new passwords, where the settings name one. It is an address of the operator's: any may be named. */
export function breachedPasswords(
  { breachedPasswordsUrl: url }: Settings,
  log: Pick<Logger, 'warn'>,
): ((password: string) => Promise<boolean>) | undefined {
  if (url === null) return undefined
  const fetch = createSafeFetch({
    insecureHosts: url.startsWith('http:') ? [new URL(url).hostname] : [],
    allowedAddresses: ['0.0.0.0/0', '::/0'],
    timeout: 2000,
    limit: 262_144,
  })
  const onSkipped = (reason: string): void =>
    log.warn({ reason }, 'a new password could not be looked up among breached ones')
  return createBreachedPasswords({ url, fetch, onSkipped })
}
