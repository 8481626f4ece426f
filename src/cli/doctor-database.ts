import { existsSync } from 'node:fs'
import { sql } from 'kysely'
import { openDatabase, sqlitePath } from '../server/open-database.ts'
import { passkeyDomainOf } from '../server/relying-party.ts'
import type { Settings } from '../server/settings.ts'
import type { Database } from '../storage/database.ts'
import { timeOfId } from '../storage/id.ts'
import { sealedFindings } from './doctor-sealed.ts'
import { ok, problem, warning, type Finding } from './finding.ts'
import { sentence } from './sentence.ts'

/** Whether the database answers, has the schema of this release, agrees about what time it is, and was sealed under this secret. */
export async function databaseFindings(settings: Settings): Promise<readonly Finding[]> {
  const { databaseUrl } = settings
  if (databaseUrl === null || databaseUrl.startsWith('sqlite:')) {
    const path = sqlitePath(settings)
    // Opening it would make one.
    if (path !== ':memory:' && !existsSync(path))
      return [warning('There is no database yet.', 'doorward migrate (doorward serve makes it too)')]
  }
  let database: Database
  try {
    database = await openDatabase(settings)
  } catch (error) {
    return [
      problem(
        `The database cannot be opened. ${sentence(error)}`,
        'Check databaseUrl (DOORWARD_DATABASE_URL), and that it runs.',
      ),
    ]
  }
  try {
    await database.ping()
    const pending = await database.pendingMigrations()
    if (pending.length > 0)
      return [answers(database), problem(`The schema lacks ${pending.join(', ')}.`, 'doorward migrate')]
    return [
      answers(database),
      ok('The schema is up to date.'),
      await clockFinding(database),
      ...(await sealedFindings(database, settings)),
      ...(await strandedFindings(database, settings)),
    ]
  } catch (error) {
    return [problem(sentence(error), 'Look at its log, and at its disk.')]
  } finally {
    await database.close()
  }
}

function answers({ dialect }: Database): Finding {
  return ok(`The database answers (${dialect}).`)
}

/** Tokens expire by this machine's clock, and ids are made from it. SQLite has no other clock to hold it to than its newest row. */
async function clockFinding({ dialect, read }: Database): Promise<Finding> {
  const now = Date.now()
  const other = dialect === 'postgres' ? await databaseTime(read) : Math.max(now, await newestEvent(read))
  const off = Math.round((now - other) / 1000)
  if (Math.abs(off) <= 5) return ok('The clock agrees with the database.')
  const what = `The clock here is ${Math.abs(off)} s ${off < 0 ? 'behind' : 'ahead of'} the database: lifetimes are wrong.`
  return problem(what, 'Set the clock by NTP: timedatectl set-ntp true')
}

/** People with no way in any more: their provider is offered no more, or their passkeys are for a domain that the site had before. */
async function strandedFindings({ read }: Database, settings: Settings): Promise<readonly Finding[]> {
  const offered = settings.signInProviders.map(({ id }) => id)
  const domain = passkeyDomainOf(settings)
  const links = read.selectFrom('linked_accounts').select('user_id')
  const passkeys = read.selectFrom('passkeys').select('user_id')
  const stranded = read
    .selectFrom('users')
    .select('username')
    .where('is_active', '=', 1)
    .where('password_hash', 'is', null)
    .where('id', 'not in', passkeys.where('rp_id', '=', domain))
    .$if(settings.emailCodes, (query) => query.where('email_verified', '=', 0))
    .$if(offered.length > 0, (query) => query.where('id', 'not in', links.where('provider', 'in', offered)))
    .limit(6)
  const ofProviders = await stranded.where('id', 'in', links).execute()
  const ofPasskeys = await stranded.where('id', 'in', passkeys).where('id', 'not in', links).execute()
  return [
    ...(ofProviders.length === 0
      ? []
      : [
          warning(
            `People can no longer sign in, since their provider is not in the settings: ${namesOf(ofProviders)}.`,
            'Put it back into signInProviders, or have them choose a password by mail.',
          ),
        ]),
    ...(ofPasskeys.length === 0
      ? []
      : [
          warning(
            `People can no longer sign in, since their passkeys are for another domain than ${domain}: ${namesOf(ofPasskeys)}.`,
            'Set passkeyDomain back to that domain where it is one above this, or have them choose a password by mail.',
          ),
        ]),
  ]
}

function namesOf(rows: readonly { readonly username: string }[]): string {
  const names = rows.slice(0, 5).map(({ username }) => username)
  return `${names.join(', ')}${rows.length > 5 ? ' and others' : ''}`
}

async function databaseTime(read: Database['read']): Promise<number> {
  const query = sql<{ now: number }>`select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`
  return Number((await query.execute(read)).rows[0]?.now)
}

async function newestEvent(read: Database['read']): Promise<number> {
  const row = await read.selectFrom('audit_events').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst()
  return row === undefined ? 0 : timeOfId(row.id)
}
