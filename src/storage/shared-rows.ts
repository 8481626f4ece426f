import type { AuditEvent } from './audit.ts'

/** An event, and the subjects and requests of those that stand in its row. */
export interface RowOfEvents extends AuditEvent {
  readonly more?: readonly (readonly [subject: string, requestId: string | null])[]
}

/**
 * Puts routine events together that are written in one transaction and differ in nothing but their subject and request, such
 * as the tokens that one client gets at the same time. Nothing is lost: the row names them all. Their order among others of
 * the transaction is that of the first of them.
 */
export function sharedRows(events: readonly AuditEvent[]): readonly RowOfEvents[] {
  if (events.length < 2) return events
  const rows: RowOfEvents[] = []
  const open: Open[] = []
  for (const event of events) {
    const place = event.isRoutine === true ? open.find((one) => isAlike(one.first, event)) : undefined
    if (place !== undefined) {
      place.more.push([event.subject, event.requestId ?? null])
      if (place.more.length === mostInRow - 1) open.splice(open.indexOf(place), 1)
      continue
    }
    if (event.isRoutine !== true) {
      rows.push(event)
      continue
    }
    const more: [string, string | null][] = []
    rows.push({ ...event, more })
    open.push({ first: event, more })
    if (open.length > mostOpen) open.shift()
  }
  return rows
}

interface Open {
  readonly first: AuditEvent
  readonly more: [string, string | null][]
}

/** So that a row stays one that a page can show. */
const mostInRow = 100

/** How many kinds are looked through for one alike: a turn in which everybody does something else is not to be slow. */
const mostOpen = 16

function isAlike(one: AuditEvent, other: AuditEvent): boolean {
  return (
    one.actor === other.actor &&
    one.event === other.event &&
    (one.address ?? null) === (other.address ?? null) &&
    isSameDetail(one.detail ?? {}, other.detail ?? {})
  )
}

/** Lists and objects are different, whatever they hold. */
function isSameDetail(one: NonNullable<AuditEvent['detail']>, other: NonNullable<AuditEvent['detail']>): boolean {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}
