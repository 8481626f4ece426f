import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { MemberChange, Step } from '../declared/apply-declared.ts'
import { DeclaredFaults } from '../declared/declared-faults.ts'
import { CommandMisused, CommandRefused } from './command-refused.ts'
import { createDesk } from './desk.ts'
import { byCommandLine } from './owner.ts'
import type { AddCommand } from './program.ts'

interface Options {
  readonly dryRun?: boolean
  readonly prune?: boolean
}

/** Makes groups, users, organisations, roles, service accounts, keys and clients as a file declares them. */
export const apply: AddCommand = (program) => {
  program
    .command('apply')
    .description('make groups, users, organisations, roles, service accounts, keys and clients as a file declares them')
    .argument('<file>', 'JSON as the console copies it and "export" writes it; - for standard input')
    .option('--dry-run', 'tell what would be done, and do nothing')
    .option(
      '--prune',
      'delete groups, roles, service accounts and clients that the file leaves out, of the kinds that it has, and take members and holders out that its lists leave out',
    )
    .addHelpText('after', '\nExample: doorward apply doorward.json --dry-run')
    .action(async (file: string, { dryRun = false, prune = false }: Options, command) => {
      const { withInstance, print } = createDesk(command)
      const [{ applyDeclared }, { declaredIn }, { declaredStores }] = await Promise.all([
        import('../declared/apply-declared.ts'),
        import('../declared/declared-file.ts'),
        import('../server/declared-stores.ts'),
      ])
      const where = file === '-' ? 'standard input' : file
      try {
        const declared = declaredIn(file === '-' ? await text(process.stdin) : fileText(file))
        const steps = await withInstance(async (instance) =>
          applyDeclared(declared, {
            database: instance.database,
            stores: (database) => declaredStores(instance, database),
            by: byCommandLine,
            environment: process.env,
            dryRun,
            prune,
          }),
        )
        print(textOf(steps, dryRun), { steps, isDone: !dryRun })
      } catch (error) {
        if (!(error instanceof DeclaredFaults)) throw error
        throw new CommandRefused([`Nothing was done. In ${where}:`, ...error.faults.map(indented)].join('\n'))
      }
    })
}

function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new CommandMisused(`${file} cannot be read.`)
  }
}

function textOf(steps: readonly Step[], dryRun: boolean): string {
  const lines = steps.flatMap(({ action, kind, name, changes, secrets }) => [
    `${action.padEnd(6)}  ${kind} ${name}`,
    ...changes.flatMap(changeText),
    ...secrets.map(({ member, value }) => `          ${member}  ${value}`),
  ])
  const shown = steps.some(({ secrets }) => secrets.length > 0)
    ? ['', 'This is the only time that these secrets are shown.']
    : []
  return [...lines, ...(lines.length === 0 ? [] : ['']), summary(steps, dryRun), ...shown].join('\n')
}

function changeText({ member, before, after }: MemberChange): readonly string[] {
  const [gone, come] = [itemsLeft(before, after), itemsLeft(after, before)]
  if (gone === null || come === null) return [`          ${member}: ${valueText(before)} → ${valueText(after)}`]
  const lines = [...gone.map((one) => `- ${one}`), ...come.map((one) => `+ ${one}`)]
  const shown = lines.slice(0, mostItems)
  const more = lines.length - shown.length
  return [...shown, ...(more === 0 ? [] : [`and ${more} more`])].map((line) => `          ${member}: ${line}`)
}

/** Of a list of things, such as members, those that the other one has not; `null` where it is no such list. */
function itemsLeft(list: unknown, other: unknown): readonly string[] | null {
  if (!isListOfThings(list) || !isListOfThings(other)) return null
  const there = new Set(other.map((one) => JSON.stringify(one)))
  return list.map((one) => JSON.stringify(one)).filter((one) => !there.has(one))
}

function isListOfThings(value: unknown): value is readonly object[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null)
}

const mostItems = 50

function valueText(value: unknown): string {
  const written = value === undefined ? 'the default' : JSON.stringify(value)
  return written.length <= longest ? written : `${written.slice(0, longest)}…`
}

const longest = 160

function summary(steps: readonly Step[], dryRun: boolean): string {
  const count = (action: Step['action']): number => steps.filter((step) => step.action === action).length
  const parts = (
    [
      ['add', dryRun ? 'to add' : 'added'],
      ['change', dryRun ? 'to change' : 'changed'],
      ['delete', dryRun ? 'to delete' : 'deleted'],
    ] as const
  ).flatMap(([action, word]) => (count(action) === 0 ? [] : [`${count(action)} ${word}`]))
  const left = count('leave')
  const stay = left === 0 ? '' : ` ${left} ${left === 1 ? 'stays as it is' : 'stay as they are'}.`
  if (parts.length === 0) return `There is nothing to do.${stay}`
  return `${parts.join(', ')}.${stay}${dryRun ? ' Nothing was done yet.' : ''}`
}

function indented(line: string): string {
  return `  ${line}`
}
