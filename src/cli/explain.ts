import { readFileSync } from 'node:fs'
import type { Explanation, PermissionStep } from '../core/explain.ts'
import type { AuthRequest } from '../core/request.ts'
import type { Permission } from '../core/permission.ts'
import { namedPermission, namedPermissions } from '../permissions/named-permission.ts'
import { canonicalAddress } from '../http/ip.ts'
import { CommandMisused } from './command-refused.ts'
import { createDesk, repeated } from './desk.ts'
import type { AddCommand } from './program.ts'

interface Options {
  readonly request: string
  readonly header?: readonly string[]
  readonly user?: string
  readonly peer: string
  readonly policy: string
}

/** Says why a request would be let in or refused, step by step. */
export const explainRequest: AddCommand = (program) => {
  program
    .command('explain')
    .description('say why a request is let in or refused; takes what curl takes')
    .argument('<url>', 'a URL or a path')
    .option('-X, --request <method>', 'the method', 'GET')
    .option(
      '-H, --header <header>',
      "a header, such as 'Accept: text/html'; @FILE or @- reads lines; may be repeated",
      repeated,
    )
    .option('-u, --user <name:password>', 'credentials for Basic')
    .option('--peer <address>', 'the address that it comes from', '127.0.0.1')
    .option(
      '--policy <policy>',
      `the permission to ask: ${Object.keys(namedPermissions).join(', ')}, scope:NAME or permission:NAME`,
      'isAuthenticated',
    )
    .addHelpText(
      'after',
      "\nExample: doorward explain -X POST -H 'X-Api-Key: dw_live_…' --policy scope:write /api/chats/\n         doorward explain -H @- /api/chats/ < headers.txt",
    )
    .action(async (url: string, options: Options, command) => {
      const { withInstance, print } = createDesk(command)
      const request = requestOf(url, options)
      const policy = policyOf(options.policy)
      const { createApp } = await import('../server/app.ts')
      await withInstance(async (instance) => {
        const explanation = await createApp(instance).auth.explain(request, policy)
        print(written(explanation), explanation)
      })
    })
}

function policyOf(text: string): Permission {
  const known = namedPermission(text)
  if (known !== null) return known
  throw new CommandMisused(
    `${text} is no policy. There are ${Object.keys(namedPermissions).join(', ')}, scope:NAME and permission:NAME.`,
  )
}

function requestOf(url: string, { request, header = [], user, peer }: Options): AuthRequest {
  if (!/^[A-Za-z]+$/.test(request)) throw new CommandMisused(`"${request}" is no method. Write it like POST.`)
  if (canonicalAddress(peer) === null) throw new CommandMisused(`"${peer}" is no address. Write it like 192.0.2.1.`)
  const headers = new Headers()
  for (const [index, line] of header.flatMap(linesOf).entries()) {
    const [, name, value] = headerLine.exec(line) ?? []
    // What it says is not repeated: it may be a token.
    if (name === undefined || value === undefined)
      throw new CommandMisused(`Header ${index + 1} is none. Write it like -H 'Name: value'.`)
    headers.append(name, value)
  }
  if (user !== undefined) headers.set('authorization', `Basic ${Buffer.from(user).toString('base64')}`)
  return { method: request.toUpperCase(), url, headers, peer: { address: peer } }
}

/** As curl has it: what stands in a file stays out of the shell's history. */
function linesOf(text: string): readonly string[] {
  if (!text.startsWith('@')) return [text]
  const lines = readFileSync(text === '@-' ? 0 : text.slice(1), 'utf8').split(/\r?\n/)
  return lines.filter((line) => line !== '')
}

/** A field line (RFC 9110, sections 5.1 and 5.5). */
const headerLine = /^([!#$%&'*+.^`|~\w-]+):[ \t]*([\t\x20-\x7E\x80-\xFF]*?)[ \t]*$/

function written({ request, authenticators, throttles, permission, identity, answer }: Explanation): string {
  return [
    `${request.method} ${request.path} from ${request.address ?? 'an unknown address'}`,
    '',
    'authenticators',
    ...authenticators.map(
      ({ name, outcome, code, detail }) => `  ${name.padEnd(18)} ${outcome}${reason(code, detail)}`,
    ),
    ...(throttles.length === 0 ? [] : ['throttles']),
    ...throttles.map(
      ({ name, remaining, wait }) =>
        `  ${name.padEnd(18)} ${wait === null ? `${remaining ?? 'any number'} left` : `wait ${wait} s`}`,
    ),
    ...(permission === undefined ? [] : ['permission', ...steps(permission, 1)]),
    '',
    identity === null
      ? 'nobody'
      : `${identity.principal.kind} ${identity.principal.name} (${identity.principal.id}) by ${identity.via}`,
    `${answer.allowed ? 'let in' : 'refused'}: ${answer.status}${reason(answer.code, answer.detail)}`,
  ].join('\n')
}

function steps({ name, outcome, code, detail, parts = [] }: PermissionStep, depth: number): string[] {
  const line = `${'  '.repeat(depth)}${name.padEnd(Math.max(0, 20 - 2 * depth))} ${outcome}${parts.length === 0 ? reason(code, detail) : ''}`
  return [line, ...parts.flatMap((part) => steps(part, depth + 1))]
}

function reason(code?: string | null, detail?: string | null): string {
  return code === undefined || code === null ? '' : ` (${code}: ${detail ?? ''})`
}
