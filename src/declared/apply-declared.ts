import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { Stanza } from '../admin/stanzas.ts'
import { AuthError, RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { inOneUnit, type OneUnit } from '../storage/one-unit.ts'
import { type Declared, placeOf } from './declared-file.ts'
import { DeclaredFaults } from './declared-faults.ts'
import type { DeclaredAction, DeclaredStores, Found, Kind, MadeSecret } from './kind.ts'
import { kinds } from './kinds.ts'

export interface ApplyOptions extends DeclaredAction {
  readonly database: Database
  /** Makes the stores that take part, over the database of the unit. */
  readonly stores: (database: Database) => DeclaredStores
  /** Whether it only tells what it would do (false). */
  readonly dryRun?: boolean
  /**
   * Whether groups, roles, service accounts and clients that the file leaves out are deleted, for the kinds that it has, and members
   * and holders taken out, for the lists of them that it has (false).
   */
  readonly prune?: boolean
}

/** What was done about one thing, or would be. */
export interface Step {
  readonly action: 'add' | 'change' | 'leave' | 'delete'
  /** Such as `service account`. */
  readonly kind: string
  readonly name: string
  /** What is another now (nothing). */
  readonly changes: readonly MemberChange[]
  /** What is shown this once (nothing). */
  readonly secrets: readonly MadeSecret[]
}

export interface MemberChange {
  readonly member: string
  readonly before: unknown
  readonly after: unknown
}

/**
 * Makes everything as a file declares it, in one unit: what is there and not in the file stays, and so does what a stanza leaves
 * out. Each thing is tried, and taken back where nothing of it is another afterwards, so the stores alone decide what is the
 * same and what is refused. Throws `DeclaredFaults` with all that is wrong, and then nothing was done.
 */
export async function applyDeclared(declared: Declared, options: ApplyOptions): Promise<readonly Step[]> {
  const { database, dryRun = false } = options
  let planned: readonly Step[] = []
  try {
    return await inOneUnit(database, async (unit) => {
      const steps = await stepsIn(declared, unit, options)
      if (!dryRun) return steps
      // Nobody has made these.
      planned = steps.map((step) => ({ ...step, secrets: [] }))
      throw new OnlyPlanned()
    })
  } catch (error) {
    if (error instanceof OnlyPlanned) return planned
    throw error
  }
}

class OnlyPlanned extends Error {}

async function stepsIn(declared: Declared, unit: OneUnit, options: ApplyOptions): Promise<readonly Step[]> {
  const stores = options.stores(unit.database)
  await oneAtATime(unit)
  const steps: Step[] = []
  const faults: string[] = []
  for (const kind of kinds) {
    const seen = new Map<string, string>()
    for (const [index, stanza] of (declared[kind.list] ?? []).entries()) {
      const place = placeOf([kind.list, index])
      try {
        steps.push(await unit.attempt(async () => stepFor(kind, stanza, { stores, action: options, seen, place })))
      } catch (error) {
        faults.push(...faultsIn(error, place))
      }
    }
    if (options.prune === true && declared[kind.list] !== undefined && faults.length === 0) {
      for (const found of await leftOver(kind, declared[kind.list] ?? [], stores)) {
        const step = { kind: kind.one, name: kind.nameOf(found.stanza), changes: [], secrets: [] }
        try {
          await kind.remove?.(stores, found.id, options)
          steps.push({ ...step, action: 'delete' })
        } catch (error) {
          faults.push(...faultsIn(error, `${step.kind} ${step.name}`))
        }
      }
    }
  }
  if (faults.length > 0) throw new DeclaredFaults(faults)
  return steps
}

/**
 * Two who apply at once would each make what the other has not shown yet. On SQLite one unit runs after the other anyway. It
 * asks again and again, since one statement may not wait for as long as a large file takes.
 */
async function oneAtATime({ database }: OneUnit): Promise<void> {
  if (database.dialect === 'sqlite') return
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const asked = sql<{ taken: boolean }>`select pg_try_advisory_xact_lock(${lock}::bigint) as taken`
    if ((await asked.execute(database.read)).rows[0]?.taken === true) return
    await sleep(pause)
  }
  throw new RequestRefused('conflict', 'Somebody else applies a file and does not come to an end. Nothing was done.')
}

/** Any number that nobody else takes. */
const lock = 7_301_512_207n

/** A minute of it. Milliseconds. */
const mostAttempts = 600
const pause = 100

interface Stage {
  readonly stores: DeclaredStores
  readonly action: DeclaredAction
  /** Where things of this kind stand in the file, by their ids: however a name is written, each is declared once. */
  readonly seen: Map<string, string>
  readonly place: string
}

async function stepFor(
  kind: Kind,
  stanza: Stanza,
  { stores, action, seen, place }: Stage,
): Promise<{ readonly result: Step; readonly stays: boolean }> {
  const step = { kind: kind.one, name: kind.nameOf(stanza), changes: [], secrets: [] }
  const before = await kind.find(stores, stanza)
  if (before === null) {
    const secrets = (await kind.create(stores, stanza, action)) ?? []
    const made = await kind.find(stores, stanza)
    if (made !== null) seen.set(made.id, place)
    return { result: { ...step, action: 'add', secrets }, stays: true }
  }
  const other = seen.get(before.id)
  if (other !== undefined) throw new RequestRefused('conflict', `It is the same ${kind.one} as ${other}.`)
  seen.set(before.id, place)
  const wanted = Object.entries(stanza).filter(
    ([member, value]) => kind.onlyNew?.includes(member) !== true && !isDeepStrictEqual(before.stanza[member], value),
  )
  if (wanted.length === 0) return { result: { ...step, action: 'leave' }, stays: false }
  const secrets = (await kind.update(stores, before.id, Object.fromEntries(wanted), action)) ?? []
  const changes = changesFrom(before.stanza, (await kind.find(stores, stanza))?.stanza ?? {})
  if (changes.length === 0) return { result: { ...step, action: 'leave' }, stays: false }
  return { result: { ...step, action: 'change', changes, secrets }, stays: true }
}

function changesFrom(before: Stanza, after: Stanza): readonly MemberChange[] {
  const members = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return members
    .filter((member) => !isDeepStrictEqual(before[member], after[member]))
    .map((member) => ({ member, before: before[member], after: after[member] }))
}

async function leftOver(kind: Kind, stanzas: readonly Stanza[], stores: DeclaredStores): Promise<readonly Found[]> {
  if (kind.remove === undefined) return []
  const kept = new Set<string>()
  for (const stanza of stanzas) {
    const found = await kind.find(stores, stanza)
    if (found !== null) kept.add(found.id)
  }
  return (await kind.all(stores, { people: false })).filter(({ id }) => !kept.has(id))
}

/** What a store refuses, with the place of each member in the file. Everything else is no fault of the file. */
function faultsIn(error: unknown, place: string): readonly string[] {
  if (!(error instanceof AuthError) || error.status >= 500) throw error
  const members = Object.entries(error.body ?? {})
  if (members.length === 0) return [`${place}: ${error.message}`]
  return members.flatMap(([member, said]) =>
    [said].flat().map((sentence) => faultOf(`${place}.${onWire(member)}`, String(sentence))),
  )
}

/** Stores count from one in a sentence: `No. 1 is …`. */
function faultOf(place: string, sentence: string): string {
  const [, count, rest] = /^No\. (\d+) (.*)$/s.exec(sentence) ?? []
  return count === undefined ? `${place}: ${sentence}` : `${place}[${Number(count) - 1}]: It ${rest}`
}

/** Names of ours; what is none of them stands as it was sent. */
function onWire(member: string): string {
  if (!/^[a-z][A-Za-z]*$/.test(member)) return member
  return ownNames.get(member) ?? member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

const ownNames: ReadonlyMap<string, string> = new Map([
  ['ownerId', 'owner'],
  ['organisationId', 'organisation'],
])
