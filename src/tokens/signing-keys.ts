import { RequestRefused } from '../core/errors.ts'
import type { Jwk } from '../crypto/jwk.ts'
import type { JwsHeader, JwsKey } from '../crypto/jws.ts'
import type { Sealer } from '../crypto/seal.ts'
import type { Database } from '../storage/database.ts'
import type { SigningKeyRow } from '../storage/schema.ts'
import type { By } from './owner.ts'
import { createReloading } from './reloading.ts'
import { makeKeyMaterial, openKeyMaterial } from './signing-key-material.ts'
import type { OpenedKey, OwnAlgorithm } from './signing-key-material.ts'
import { signingKeyRecord, stillVerifies } from './signing-key-record.ts'
import type { SigningKeyRecord } from './signing-key-record.ts'
import { addNextKey, endKey } from './signing-key-rows.ts'

export type { OwnAlgorithm } from './signing-key-material.ts'
export type { SigningKeyRecord, SigningKeyState } from './signing-key-record.ts'

export interface SigningKeysOptions {
  readonly database: Database
  readonly sealer: Pick<Sealer, 'seal' | 'open'>
  /** What signs (EdDSA). Keys of other algorithms that are there go on verifying. */
  readonly algorithm?: OwnAlgorithm
  /** Seconds for which a new key is published before it signs, so that those who keep the set for a while have it (600). */
  readonly announce?: number
  /** The longest life of what is signed, in seconds: for so long an old key goes on verifying (30 days). */
  readonly tokenLifetime?: number
  /** Seconds after which a signing key makes way for a new one by itself; `null`: never (90 days). */
  readonly rotateAfter?: number | null
  /** Hears of what went wrong in the background (nothing). */
  readonly onError?: (error: unknown) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Keys to sign with and to verify by. */
export interface SigningKeys {
  /** What signs now. */
  readonly current: () => JwsKey
  /** Finds the key of a header, for `createJwtVerifier`; `null` where there is none. */
  readonly find: (header: JwsHeader) => Promise<JwsKey | null>
  /** The public keys, as they are published (RFC 7517, section 5): the one that signs, the next one, and those that did. */
  readonly jwks: () => { readonly keys: readonly Jwk[] }
  /** Calls back with the `kid` of a key that is not to verify any more, so that nothing remembered outlives it. */
  readonly onRetired: (listener: (kid: string) => void) => void
}

export interface RotateOptions {
  readonly by: By
  /** Whether the new key signs at once, announced or not: for a key that is no longer secret (false). */
  readonly now?: boolean
}

export interface RotatingKeys extends SigningKeys {
  /**
   * Publishes a new key, which signs after `announce`, or at once with `now`. Where one is announced already it is left to
   * that, or brought forward with `now`. Gives back the key that is to sign.
   */
  readonly rotate: (options: RotateOptions) => Promise<SigningKeyRecord>
  /**
   * Ends a key at once: what it signed is refused from now on. For a key that is no longer secret, after `rotate`. Throws
   * `RequestRefused`: `conflict` for the key that signs, `not_found` where there is none.
   */
  readonly retire: (kid: string, action: { readonly by: By }) => Promise<void>
  /** All keys of all algorithms, newest first. */
  readonly list: () => Promise<readonly SigningKeyRecord[]>
  /** Reads the keys anew, as happens each 30 seconds, and once a second at most for a `kid` that is not known. */
  readonly reload: () => Promise<void>
  /** Stops what goes on in the background. */
  readonly close: () => void
}

/**
 * Own signing keys in the database, the private halves sealed. The first node that starts makes the first key, and all use
 * it. Rotation has two phases: a key is published, signs some time later, and its predecessor goes on verifying until the
 * last token that it signed is over. Throws `Error` where the signing key cannot be opened.
 */
export async function createSigningKeys(options: SigningKeysOptions): Promise<RotatingKeys> {
  const { database, sealer, algorithm = 'EdDSA', onError = () => undefined, clock = Date.now } = options
  const { announce, tokenLifetime, rotateAfter } = durationsOf(options)
  const listeners: ((kid: string) => void)[] = []
  let rows: readonly SigningKeyRow[] = []
  let opened: ReadonlyMap<string, OpenedKey> = new Map()

  const reloading = createReloading({
    load: async () => {
      const all = await database.read.selectFrom('signing_keys').selectAll().orderBy('generation', 'desc').execute()
      const before = opened
      rows = all.filter((row) => row.retired_at === null)
      opened = new Map(rows.map((row) => [row.kid, before.get(row.kid) ?? openKeyMaterial(row, sealer)]))
      for (const kid of before.keys()) if (!opened.has(kid)) for (const listener of listeners) listener(kid)
    },
  })

  /** The newest that may sign; while clocks differ at the first start, the first one. */
  function signingRow(now: number): SigningKeyRow | null {
    const own = rows.filter(({ alg }) => alg === algorithm)
    return own.find((row) => row.signs_from <= now) ?? own.at(-1) ?? null
  }

  function current(): JwsKey {
    const key = opened.get(signingRow(clock())?.kid ?? '')?.signing
    if (key === null || key === undefined) throw cannotOpen()
    return key
  }

  function known(kid: string, now: number): JwsKey | null {
    const row = rows.find((row) => row.kid === kid)
    return row !== undefined && verifies(row, now) ? (opened.get(kid)?.verifying ?? null) : null
  }

  const verifies = (row: SigningKeyRow, now: number): boolean => stillVerifies(row, now, tokenLifetime)
  const recordOf = (row: SigningKeyRow, now: number): SigningKeyRecord => signingKeyRecord(row, now, tokenLifetime)

  async function rotate(
    { by, now: atOnce = false }: RotateOptions,
    condition: { readonly after?: number } = {},
  ): Promise<SigningKeyRecord> {
    const material = await makeKeyMaterial(algorithm, sealer)
    const next = {
      ...condition,
      id: database.newId(),
      material,
      now: Math.floor(clock()),
      announce: atOnce ? 0 : announce,
    }
    const { row } = await database.write(async (unit) => {
      const added = await addNextKey(unit, next)
      const { kid, alg, generation, signs_from } = added.row
      const detail = { kid, alg, generation, signs_from }
      if (added.isNew) {
        await database.audit(unit, { ...by, event: 'signing_key.rotated', subject: `signing_key:${kid}`, detail })
      }
      return added
    })
    await reloading.now()
    return recordOf(row, next.now)
  }

  async function retire(kid: string, by: By): Promise<boolean> {
    return database.write(async (unit) => {
      if (!(await endKey(unit, kid, Math.floor(clock())))) return false
      await database.audit(unit, {
        ...by,
        event: 'signing_key.retired',
        subject: `signing_key:${kid}`,
        detail: { kid },
      })
      return true
    })
  }

  /** What has to be done now and then, by whichever node comes first. */
  async function maintain(): Promise<void> {
    await reloading.now()
    const now = clock()
    const over = rows.filter((row) => !verifies(row, now))
    for (const { kid } of over) await retire(kid, system)
    const newest = rows.find(({ alg }) => alg === algorithm)
    if (newest === undefined || (rotateAfter !== null && now >= newest.signs_from + rotateAfter))
      await rotate({ by: system }, { after: newest?.generation ?? 0 })
    else if (over.length > 0) await reloading.now()
  }

  await maintain()
  current()
  const timer = setInterval(() => void maintain().catch(onError), reloadInterval).unref()

  return {
    current,
    find: async ({ kid }) => {
      if (kid === undefined || kid.length > longestKid) return null
      const key = known(kid, clock())
      if (key !== null || opened.has(kid)) return key
      await reloading.soon()
      return known(kid, clock())
    },
    jwks: () => {
      const now = clock()
      const published = rows.filter((row) => verifies(row, now)).map(({ kid }) => opened.get(kid)?.publicJwk ?? null)
      return { keys: published.filter((key) => key !== null) }
    },
    onRetired: (listener) => void listeners.push(listener),
    rotate: async (action) => rotate(action),
    retire: async (kid, { by }) => {
      await reloading.now()
      if (signingRow(clock())?.kid === kid)
        throw new RequestRefused('conflict', 'This key signs. Rotate first, at once.')
      if (!(await retire(kid, by))) throw new RequestRefused('not_found')
      await reloading.now()
    },
    list: async () => {
      const now = clock()
      const all = await database.read.selectFrom('signing_keys').selectAll().orderBy('id', 'desc').execute()
      return all.map((row) => recordOf(row, now))
    },
    reload: reloading.now,
    close: () => clearInterval(timer),
  }
}

/** Milliseconds. */
const reloadInterval = 30_000

/** Ours have 43 characters at most. */
const longestKid = 100

const system: By = { actor: 'system' }

function durationsOf({ announce = 600, tokenLifetime = 30 * 86_400, rotateAfter = 90 * 86_400 }: SigningKeysOptions): {
  readonly announce: number
  readonly tokenLifetime: number
  readonly rotateAfter: number | null
} {
  for (const [name, value] of Object.entries({ announce, tokenLifetime, rotateAfter: rotateAfter ?? 1 })) {
    if (!(Number.isFinite(value) && value > 0))
      throw new TypeError(`createSigningKeys: ${name} must be seconds above 0.`)
  }
  return {
    announce: Math.round(announce * 1000),
    tokenLifetime: Math.round(tokenLifetime * 1000),
    rotateAfter: rotateAfter === null ? null : rotateAfter * 1000,
  }
}

function cannotOpen(): Error {
  return new Error(
    'The signing key cannot be opened: it was sealed under another DOORWARD_SECRET. Give that one in previousSecrets.',
  )
}
