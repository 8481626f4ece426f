import { z } from 'zod'
import type { Stanza } from '../admin/stanzas.ts'
import { faultSentence } from '../api/fault-sentence.ts'
import { DeclaredFaults } from './declared-faults.ts'
import { kinds } from './kinds.ts'
import { repeatedMembers } from './repeated-members.ts'

/** What a file declares: lists of stanzas, by the names of their kinds. */
export type Declared = Readonly<Record<string, readonly Stanza[]>>

/** Reads a file of stanzas. Throws `DeclaredFaults` with every place that is wrong; what stands there is never repeated. */
export function declaredIn(text: string): Declared {
  // Some editors begin a file with a mark of the order of its bytes, which is no JSON (RFC 8259, section 8.1).
  const value = parsed(text.replace(/^\ufeff/, ''))
  const secrets = secretsIn(value)
  if (secrets.length > 0) throw new DeclaredFaults(secrets)
  const result = file.safeParse(value, { error: faultSentence })
  if (!result.success) throw new DeclaredFaults(result.error.issues.flatMap(faultsOf))
  // As they stand in the file, so that a second look compares what was written.
  return value as Declared
}

/** Where something stands in the file: `clients[2].redirect_uris[0]`. */
export function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`))
    .join('')
}

/** Nobody writes more by hand, and one unit has to hold it. */
const most = 10_000

const file = z.strictObject(
  Object.fromEntries(kinds.map(({ list, schema }) => [list, z.array(schema).max(most).optional()])),
)

function parsed(text: string): unknown {
  // What cannot be decoded reads so, such as what a shell of Windows writes.
  if (text.startsWith('\ufffd')) throw new DeclaredFaults(['This is not text in UTF-8. Save it as UTF-8.'])
  try {
    const value: unknown = JSON.parse(text)
    const repeated = repeatedMembers(text)
    if (repeated.length === 0) return value
    throw new DeclaredFaults(
      repeated.map((path) => `${placeOf(path)}: It stands there twice: only the last would count.`),
    )
  } catch (error) {
    if (error instanceof DeclaredFaults) throw error
    // The error quotes what is there, which may be a secret that should not be.
    const before = text.slice(0, brokenAt(text)).split('\n')
    throw new DeclaredFaults([
      `This is not valid JSON (line ${before.length}, column ${(before.at(-1) ?? '').length + 1}).`,
    ])
  }
}

/** Where a text stops being the beginning of something that is JSON. */
function brokenAt(text: string): number {
  let [from, to] = [0, text.length]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    if (mayGoOn(text.slice(0, middle + 1))) from = middle + 1
    else to = middle
  }
  return from
}

function mayGoOn(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    const { message } = error as Error
    const [, position] = / at position (\d+)/.exec(message) ?? []
    return /^(?:Unexpected end|Unterminated|Exponent)/.test(message) || Number(position) === text.length
  }
}

function faultsOf(issue: z.core.$ZodIssue): readonly string[] {
  const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]
  return paths.map((path) => `${path.length === 0 ? 'The file' : placeOf(path)}: ${issue.message}`)
}

/** Secrets in a file are read by too many, and stay in its history: they are refused by the names that they would have. */
function secretsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([list, stanzas]) =>
    (Array.isArray(stanzas) ? (stanzas as readonly unknown[]) : []).flatMap((stanza, index) =>
      typeof stanza !== 'object' || stanza === null
        ? []
        : Object.keys(stanza)
            .filter((name) => secretMembers.has(name))
            .map((name) => `${placeOf([list, index, name])}: ${secretMembers.get(name)}`),
    ),
  )
}

const secretMembers: ReadonlyMap<string, string> = new Map([
  [
    'client_secret',
    'A secret does not belong in the file. Leave it out and one is made, or name the variable that holds it: client_secret_env.',
  ],
  ['password', 'A secret does not belong in the file. People choose their password by a link: doorward password-link.'],
  ['key', 'A secret does not belong in the file. Leave it out, and one is made and shown once.'],
  ['secret', 'A secret does not belong in the file.'],
  ['registration_access_token', 'A secret does not belong in the file.'],
])
