import { digest } from '../crypto/digest.ts'
import type { AuditKey } from './audit-key.ts'
import { formatId } from './id.ts'
import type { AuditEventRow } from './schema.ts'
import { type RowOfEvents, sharedRows } from './shared-rows.ts'

/** Something that happened to a credential or an account. It is written in the transaction that makes it happen. */
export interface AuditEvent {
  /** Such as `session.created`, `key.revoked`, `password.failed`. */
  readonly event: string
  /** Who did it: `user:4fQ…`, `service_account:…`, `system`. */
  readonly actor: string
  /** As whom they did it, where they acted as somebody else (themselves). It is written with the details. */
  readonly actingAs?: string | undefined
  /** With which credential a program did it: `api_key:…`, `client:…` (none). It is written with the details. */
  readonly through?: string | undefined
  /** What it was done to. */
  readonly subject: string
  readonly address?: string | null
  readonly requestId?: string | null
  /** More about it. Values under names of secrets, and values that look like credentials, are blotted out. */
  readonly detail?: AuditDetail
  /**
   * Whether it may share a row with others of its transaction that differ in subject and request alone (no): for what a
   * program does thousands of times a second. See `shared-rows.ts`.
   */
  readonly isRoutine?: boolean
}

export type AuditDetail = { readonly [name: string]: AuditValue }
export type AuditValue = string | number | boolean | null | undefined | readonly AuditValue[] | AuditDetail

/** Where a chain of audit rows has got to. Each holds the digest of the one before, so that no row can be changed later. */
export interface AuditChain {
  readonly id: bigint
  readonly position: number
  readonly hash: Uint8Array
  /** What its rows are bound to (nothing: whoever can write to the database can make them anew). */
  readonly key?: AuditKey | null
}

/** What makes a row's id and time. */
export interface AuditStamp {
  readonly newId: () => bigint
  readonly clock: () => number
  /** What chains that begin now are bound to (nothing). */
  readonly key?: (() => AuditKey | null) | undefined
}

/**
 * Begins a chain, hung on the newest row there is of any chain, so that cutting off the end of one shows in another.
 * Its first row says which.
 */
export function startChain(
  newest: Pick<AuditEventRow, 'id' | 'hash'> | null,
  stamp: AuditStamp,
): { readonly chain: AuditChain; readonly rows: readonly AuditEventRow[] } {
  const id = stamp.newId()
  const key = stamp.key?.() ?? null
  const detail: AuditDetail = {
    ...(newest === null ? {} : { after: formatId(newest.id) }),
    ...(key === null ? {} : { keyed: true }),
  }
  const started = { event: 'audit.started', actor: 'system', subject: `chain:${formatId(id)}`, detail }
  return linkEvents({ id, position: 0, hash: newest?.hash ?? nothingBefore, key }, [started], stamp)
}

/** Rows for the events of a transaction, in order, and the chain with them at its end. */
export function linkEvents(
  chain: AuditChain,
  events: readonly AuditEvent[],
  { newId, clock }: AuditStamp,
): { readonly chain: AuditChain; readonly rows: readonly AuditEventRow[] } {
  let { position, hash } = chain
  const rows = sharedRows(events).map((event) => {
    const { more = [] } = event
    position += 1
    const row = {
      id: newId(),
      chain_id: chain.id,
      position,
      at: Math.floor(clock()),
      event: storable(event.event),
      actor: storable(event.actor),
      subject: storable(event.subject),
      address: storableOrNull(event.address),
      request_id: storableOrNull(event.requestId),
      detail: JSON.stringify(more.length === 0 ? blotOut('', detailOf(event)) : detailWith(event.detail, more)),
      events: 1 + more.length,
      hash,
    }
    hash = hashOf(hash, row, chain.key)
    row.hash = hash
    return row
  })
  return { chain: { ...chain, position, hash }, rows }
}

/** What stands in for the hash before the very first row. */
export const nothingBefore: Uint8Array = new Uint8Array(32)

/**
 * SHA-256 over the hash before and the row, written as a JSON list of its columns in the order of the schema; with a key, the
 * HMAC of the same.
 */
export function hashOf(before: Uint8Array, row: Omit<AuditEventRow, 'hash'>, key: AuditKey | null = null): Uint8Array {
  const texts = JSON.stringify([row.event, row.actor, row.subject, row.address, row.request_id, row.detail, row.events])
  const written = `["${row.id}","${row.chain_id}",${row.position},${row.at},${texts.slice(1)}`
  if (key !== null) return key.hash(before, written)
  // A hash is made for every token that is issued: copying into a buffer that is there is a third of making two.
  if (before.byteLength + written.length * 3 > scratch.byteLength) {
    return digest(Buffer.concat([before, Buffer.from(written)]))
  }
  scratch.set(before)
  return digest(scratch.subarray(0, before.byteLength + scratch.write(written, before.byteLength)))
}

const scratch = Buffer.allocUnsafeSlow(8192)

function detailOf({ detail = {}, actingAs, through }: AuditEvent): AuditDetail {
  if (actingAs === undefined && through === undefined) return detail
  return {
    ...detail,
    ...(actingAs === undefined ? {} : { acting_as: actingAs }),
    ...(through === undefined ? {} : { through }),
  }
}

/** `more`: subject and request of each other event in the row. */
function detailWith(detail: AuditDetail = {}, more: NonNullable<RowOfEvents['more']>): AuditDetail {
  const others = more.map(([subject, requestId]) => [storable(subject), storableOrNull(requestId)])
  return { ...(blotOut('', detail) as AuditDetail), more: others }
}

function storableOrNull(text: string | null = null): string | null {
  return text === null ? null : storable(text)
}

/** Neither dialect gives back U+0000 and lone surrogates as they went in. */
function storable(text: string): string {
  if (isPlain(text)) return text
  return blotCredentials(text.toWellFormed().replaceAll('\0', '\u{fffd}'))
}

const blot = '[redacted]'

/** By hand, since `JSON.stringify` with a function to ask about each value takes three times as long. */
function blotOut(name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
  if (namesASecret(name)) return blot
  if (typeof value === 'string') return isPlain(value) ? value : blotCredentials(value)
  if (Array.isArray(value)) return value.map((one: unknown) => blotOut('', one))
  if (typeof value !== 'object') return value
  const blotted: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const kept = blotOut(key, (value as Readonly<Record<string, unknown>>)[key])
    // As a plain property of that name, which an assignment would not make.
    if (key === '__proto__') Object.defineProperty(blotted, key, { value: kept, enumerable: true })
    else blotted[key] = kept
  }
  return blotted
}

const secretAnywhere = new Set(['password', 'passwd', 'passphrase', 'secret', 'authorization', 'cookie', 'credential'])
const secretAtTheEnd = new Set([
  'token',
  'tokens',
  'key',
  'keys',
  'otp',
  'pin',
  'assertion',
  'verifier',
  'hash',
  'digest',
])

/** `access_token` and `passwordHash` do, `token_id` and `keyName` do not. Few names come again and again. */
function namesASecret(name: string): boolean {
  const known = judged.get(name)
  if (known !== undefined) return known
  const isSecret = hasSecretWord(name)
  if (judged.size < mostJudged) judged.set(name, isSecret)
  return isSecret
}

const judged = new Map<string, boolean>()
const mostJudged = 1000

function hasSecretWord(name: string): boolean {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
  return words.some((word) => secretAnywhere.has(word.replace(/s$/, ''))) || secretAtTheEnd.has(words.at(-1) ?? '')
}

/** Tokens and keys of our format, JSON Web Tokens, `Authorization` values, PEM: whatever the name they came under. */
const credentials = new RegExp(
  [
    String.raw`\b[a-z\d]+(?:_[a-z]+)+_[\dA-Za-z]{11}_[\dA-Za-z]{20,}`,
    String.raw`\beyJ[\w-]+\.[\w-]+\.[\w-]*`,
    String.raw`\b[Bb](?:asic|earer)\s+[\w.~+/-]{8,}=*`,
    String.raw`\b[Tt]oken\s+[\da-f]{40}\b`,
    String.raw`-----BEGIN [A-Z ]+-----[^-]*`,
  ].join('|'),
  'g',
)

/** Few texts that are not plain at a glance come again and again, such as scopes: those that are clean are remembered. */
function blotCredentials(text: string): string {
  if (clean.has(text)) return text
  const blotted = text.replaceAll(credentials, blot)
  if (blotted === text && text.length <= longestRemembered) {
    if (clean.size >= mostJudged) clean.clear()
    clean.add(text)
  }
  return blotted
}

const clean = new Set<string>()
const longestRemembered = 128

/**
 * Tells most names, ids and addresses at a glance: nothing in them has to be replaced, by `credentials` or for the database.
 * They are printable ASCII without blanks, which three of the patterns need, without dots, which a JSON Web Token has, and
 * shorter than any token of ours or without underscores; or digits and dots.
 */
function isPlain(text: string): boolean {
  return text.length < shortestToken ? plain.test(text) : plainer.test(text)
}

/** Of a prefix, a kind, an id and a secret as `credentials` knows them, with their underscores. */
const shortestToken = 1 + 2 + 1 + 11 + 1 + 20

const plain = /^(?:[!-\-/-~]*|[\d.]*)$/
const plainer = /^[!-\-/-^`-~]*$/
