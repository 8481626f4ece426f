import type { ImportedKind, LeftOut } from '../django/report.ts'
import { SourceUnreadable } from '../django/source.ts'
import { CommandMisused, CommandRefused } from './command-refused.ts'
import { createDesk, repeated } from './desk.ts'
import { byCommandLine } from './owner.ts'
import type { AddCommand } from './program.ts'
import { table } from './text-table.ts'

interface Options {
  readonly dryRun?: boolean
  readonly name?: string
  readonly userTable?: string
  readonly usernameColumn?: string
  readonly emailsVerified?: boolean
  readonly clientScope?: readonly string[]
}

/** Takes over users, tokens and applications of a Django project. */
export const importDjango: AddCommand = (program) => {
  program
    .command('import-django')
    .description('take over the users of a Django project with their passwords, its groups, tokens and applications')
    .argument('<source>', 'its SQLite file, postgres://…, or a file that "manage.py dumpdata" wrote')
    .option('--dry-run', 'tell what would come and what would not, and write nothing')
    .option('--name <name>', 'what to call this project, where there are several (django)')
    .option('--user-table <table>', 'the table of a user model of its own, such as users_user')
    .option('--username-column <column>', 'the column that people sign in with (username, else email)')
    .option('--emails-verified', 'every e-mail address was verified by the project')
    .option(
      '--client-scope <scope>',
      'a scope that its applications may ask for (those of oauthScopes but admin and account); may be repeated',
      repeated,
    )
    .addHelpText('after', '\nExample: doorward import-django db.sqlite3 --dry-run')
    .action(async (where: string, options: Options, command) => {
      const { withInstance, settings, print, progress } = createDesk(command)
      const [{ importDjango: takeOver }, { openSource }, { clientRules }] = await Promise.all([
        import('../django/import-django.ts'),
        import('../django/open-source.ts'),
        import('../server/client-rules.ts'),
      ])
      const inForce = await settings()
      const rules = clientRules(inForce)
      const unknown = (options.clientScope ?? []).find((scope) => !Object.hasOwn(rules.scopes, scope))
      if (unknown !== undefined) throw new CommandMisused(`There is no scope ${unknown}. Name one of oauthScopes.`)
      try {
        const source = await openSource(where)
        try {
          const kinds = await withInstance(async ({ database, hasher, apiTokens, oauth, social }) =>
            takeOver({
              source,
              database,
              hasher,
              apiTokens,
              clients: oauth.clients,
              rules,
              lifetimes: {
                refreshTokenLifetime: inForce.oauthRefreshTokenLifetime,
                grantLifetime: inForce.oauthGrantLifetime,
                familyLifetime: inForce.refreshFamilyLifetime,
              },
              providers: social.settings,
              clientScopes: options.clientScope,
              by: byCommandLine,
              name: options.name,
              userTable: options.userTable,
              usernameColumn: options.usernameColumn,
              trustsEmails: options.emailsVerified,
              isDryRun: options.dryRun,
              onProgress: (kind, found) => progress.show(`${kind}: ${found}`),
            }),
          )
          progress.end()
          print(reportText(kinds, options.dryRun === true), { kinds, isDone: options.dryRun !== true })
        } finally {
          await source.close()
        }
      } catch (error) {
        if (!(error instanceof SourceUnreadable)) throw error
        throw new CommandRefused(error.message)
      }
    })
}

function reportText(kinds: readonly ImportedKind[], isDryRun: boolean): string {
  const there = kinds.filter(({ found }) => found > 0)
  const counts = table(
    ['', 'found', isDryRun ? 'would come' : 'came', 'came before', 'left out'],
    there.map(({ kind, found, made, known, left }) => [kind, ...[found, made, known, left.length].map(String)]),
  )
  const details = there.flatMap(({ kind, left, changed, sorts }) => [
    ...section(
      `Passwords`,
      Object.entries(sorts).map(([what, count]) => ({ what, why: String(count) })),
    ),
    ...section(`Left out of the ${kind}`, left),
    ...section(`Otherwise than in Django, of the ${kind}`, changed),
  ])
  return [counts, ...details, ...(isDryRun ? ['', 'Nothing was done yet.'] : [])].join('\n')
}

function section(heading: string, lines: readonly LeftOut[]): readonly string[] {
  if (lines.length === 0) return []
  const shown = lines.slice(0, mostLines).map(({ what, why }) => `  ${visible(`${what}: ${why}`)}`)
  const more = lines.length - shown.length
  return ['', `${heading}:`, ...shown, ...(more === 0 ? [] : [`  and ${more} more: --json has all`])]
}

const mostLines = 100

/** Names are somebody's own choice: whatever would move the cursor, break the line or turn it round is written as its number. */
function visible(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`)
}
