import { z } from 'zod'
import { count, duration, durationToSeconds, flag, type Setting } from './setting.ts'

/** Settings of mail, and of what is done by mail: see `settings.ts`. Durations are seconds. */
export interface MailSettings {
  readonly smtpUrl: string | null
  readonly smtpTls: boolean
  readonly mailFrom: string | null
  readonly mailUnknownAccounts: boolean
  readonly mailsPerAddress: string | null
  readonly mailsPerAccount: string | null
  readonly signUp: 'off' | 'invitation' | 'open'
  readonly signUpUsername: boolean
  readonly signUpTerms: string | null
  readonly emailVerification: 'optional' | 'mandatory'
  readonly emailVerificationLifetime: number
  readonly emailUndoLifetime: number
  readonly emailCodes: boolean
  readonly passwordResetLifetime: number
  readonly breachedPasswordsUrl: string | null
}

const group = 'Mail and sign-up'
const rate = z
  .string()
  .regex(/^\d+\/\d*[a-z]+$/i, 'a rate is written like 100/hour or 10/15m')
  .nullable()

export const mailSettings: { readonly [Name in keyof MailSettings]: Setting<MailSettings[Name]> } = {
  smtpUrl: {
    group,
    default: null,
    parse: z
      .string()
      .regex(/^smtps?:\/\/./, 'a mail server is smtp://user:password@host:587 or smtps://…')
      .nullable(),
    secret: true,
    meaning:
      'The mail server: smtp://user:password@host:587, or smtps://. Without it no mail is sent; development mode shows it at /accounts/outbox/.',
  },
  smtpTls: {
    group,
    default: true,
    parse: flag,
    meaning: 'Sends mail over TLS only, but to a server on this machine.',
  },
  mailFrom: {
    group,
    default: null,
    parse: z.string().min(3).nullable(),
    meaning:
      'Whom mail is from, such as Example <no-reply@example.com>. Without it, no-reply at the host of publicUrl.',
  },
  mailUnknownAccounts: {
    group,
    default: false,
    parse: flag,
    meaning: 'Writes to an address that no account has when somebody asks for a link or code there, to say just that.',
  },
  mailsPerAddress: {
    group,
    default: '30/hour',
    parse: rate,
    meaning: 'How many mails callers from one address may ask for: sign-up, links, codes.',
  },
  mailsPerAccount: {
    group,
    default: '5/hour',
    parse: rate,
    meaning: 'How many mails may be asked for to one address, whether there is an account or not.',
  },
  signUp: {
    group,
    default: 'off',
    parse: z.enum(['off', 'invitation', 'open']),
    meaning: 'Who may make an account of their own: nobody, who was invited, or anyone.',
  },
  signUpUsername: {
    group,
    default: false,
    parse: flag,
    meaning:
      'Asks for a username at sign-up; else it is the e-mail address. That a username is taken can only be said openly.',
  },
  signUpTerms: {
    group,
    default: null,
    parse: z.string().min(1).max(10_000).nullable(),
    meaning: 'What people accept when they sign up, as text. Empty lines part paragraphs.',
  },
  emailVerification: {
    group,
    default: 'optional',
    parse: z.enum(['optional', 'mandatory']),
    meaning: 'Whether people with an e-mail address have to show that they read it before they are let in.',
  },
  emailVerificationLifetime: {
    group,
    default: 259_200,
    parse: duration,
    meaning: 'How long a link to verify an e-mail address works.',
  },
  emailUndoLifetime: {
    group,
    default: 259_200,
    parse: duration,
    meaning: 'How long a change of the e-mail address can be undone from the old one.',
  },
  emailCodes: {
    group,
    default: false,
    parse: flag,
    meaning: 'Lets people sign in by a code that is sent to their verified e-mail address.',
  },
  passwordResetLifetime: {
    group,
    default: 3600,
    parse: z.preprocess(durationToSeconds, count.min(60).max(3600)),
    meaning: 'How long a link to choose a new password works: an hour at most.',
  },
  breachedPasswordsUrl: {
    group,
    default: null,
    parse: z.url({ protocol: /^https?$/ }).nullable(),
    meaning:
      'Refuses new passwords that are known from breaches, by a range API such as https://api.pwnedpasswords.com/range/: it is told five characters of a digest. Without it, or where it is away, none is asked.',
  },
}
