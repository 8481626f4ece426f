import type { OverviewStores, Step } from '../admin/operation/overview.ts'
import { utcMinute } from '../core/utc-minute.ts'
import { createNodeReports } from '../storage/node-reports.ts'
import { isSecure } from './addresses.ts'
import { isDevelopment } from './is-development.ts'
import type { Instance } from './instance.ts'
import { lastBackup } from './last-backup.ts'
import { nodeChecks } from './node-checks.ts'
import { relaxationsOf } from './relaxations.ts'
import type { Settings } from './settings.ts'
import { isSigningKeyLate } from './signing-key-age.ts'

/** What the first page of the console says of this installation: what is still to be done, and what needs somebody. */
export function adminOverview(instance: Instance): Pick<OverviewStores, 'nextSteps' | 'warnings'> {
  const { settings, users, oauth, database, signingKeys, mail, clock } = instance
  const reports = createNodeReports({ database, clock })
  return {
    nextSteps: async () => {
      const superusers = await users.list({ isSuperuser: true, isActive: true, limit: 2 })
      const clients = await oauth.clients.list({ limit: 1 })
      return [
        {
          text: 'Give the server its public address',
          isDone: !isDevelopment(settings) && isSecure(settings),
          href: '/admin/settings/#publicUrl',
          why: 'With https, so that cookies and tokens travel unread.',
        },
        {
          text: 'Send mail',
          isDone: settings.smtpUrl !== null,
          href: '/admin/settings/#smtpUrl',
          why: 'So that people can set a new password and hear of what happens to their account.',
        },
        {
          text: 'Test the mail',
          isDone: await mail.tests.isProved(),
          href: '/admin/mail/',
          why:
            settings.smtpUrl === null
              ? 'No mail server is set so far: nothing that is sent arrives.'
              : 'By a message to yourself: a mail server that answers may still refuse what is from here.',
        },
        {
          text: 'Make a second superuser',
          isDone: superusers.users.length > 1,
          href: '/admin/administrators/',
          why: 'So that one lost password does not shut everybody out.',
        },
        {
          text: 'Register an application',
          isDone: clients.clients.length > 0,
          href: '/admin/applications/',
          why: 'An application asks for tokens, for itself or for people.',
        },
        {
          text: 'Keep the signing key fresh',
          isDone: !isSigningKeyLate(await signingKeys.list(), signingKeys.current().kid, {
            now: clock(),
            lifetime: settings.signingKeyLifetime,
          }),
          href: '/admin/signing-keys/',
          why: 'One that has signed for too long is exchanged: the next is published, and then it signs.',
        },
        ...backupStep(settings, clock()),
      ]
    },

    warnings: async () => {
      const soon = Math.floor(clock()) + 14 * day
      const ending = await database.read
        .selectFrom('api_keys')
        .select('id')
        .where('revoked_at', 'is', null)
        .where('expires_at', '>', Math.floor(clock()))
        .where('expires_at', '<', soon)
        .limit(100)
        .execute()
      const keys = ending.length
      const { clients: endingClients } = await oauth.clients.list({ endsAfter: clock(), endsBefore: soon, limit: 100 })
      const secrets = endingClients.length
      const waiting = (await instance.appReviews.waiting(100)).length
      const relaxed = isDevelopment(settings) ? [] : relaxationsOf(settings)
      return [
        ...(keys === 0
          ? []
          : [
              {
                text: `${keys}${keys === 100 ? ' or more' : ''} API ${keys === 1 ? 'key expires' : 'keys expire'} within 14 days.`,
                href: '/admin/keys/?state=expiring',
              },
            ]),
        ...(secrets === 0
          ? []
          : [
              {
                text: `Secrets, keys or certificates of ${secrets}${secrets === 100 ? ' or more' : ''} ${secrets === 1 ? 'application end' : 'applications end'} within 14 days.`,
                href: '/admin/applications/?credentials=ending',
              },
            ]),
        ...(waiting === 0
          ? []
          : [
              {
                text: `${waiting}${waiting === 100 ? ' or more' : ''} ${waiting === 1 ? 'application waits' : 'applications wait'} for a review.`,
                href: '/admin/applications/?review=waiting',
              },
            ]),
        ...nodeChecks(await reports.list(), { now: Math.floor(clock()), newer: await database.newerMigrations() })
          .filter(({ isWell }) => !isWell)
          .map(({ what, detail }) => ({ text: `${what}: ${detail}.`, href: '/admin/health/' })),
        ...relaxed.map(({ setting, allows }) => ({
          text: `${setting}: ${allows}`,
          href: `/admin/settings/#${setting}`,
        })),
      ]
    },
  }
}

/** Of SQLite alone it is known here; PostgreSQL has tools of its own, of which this server hears nothing. */
function backupStep(settings: Settings, now: number): readonly Step[] {
  if (isDevelopment(settings) || (settings.databaseUrl !== null && !settings.databaseUrl.startsWith('sqlite:')))
    return []
  const last = lastBackup(settings)
  return [
    {
      text: 'Make a backup',
      isDone: last !== null && now - last.at < 7 * day,
      href: '/admin/health/',
      why: `With doorward backup, every week or more often: ${last === null ? 'none was made so far' : `the last one is of ${utcMinute(last.at)}`}.`,
    },
  ]
}

const day = 86_400_000
