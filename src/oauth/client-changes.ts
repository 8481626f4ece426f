import type { AuditDetail, AuditValue } from '../storage/audit.ts'
import type { ClientRow } from '../storage/schema.ts'
import { clientOf } from './client.ts'
import { toWire } from './client-wire.ts'

/** What was registered of a client and what is, by names of the wire, of all that is another now: for the audit log. */
export function clientChanges(before: ClientRow, after: ClientRow): AuditDetail {
  const [was, is] = [toWire(clientOf(before)), toWire(clientOf(after))]
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
    (name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]),
  )
  return Object.fromEntries(names.map((name) => [name, [valueOf(was[name]), valueOf(is[name])]]))
}

/** Keys and their like are too long to be told apart by eye. */
function valueOf(value: unknown): AuditValue {
  if (value === undefined) return null
  const text = JSON.stringify(value)
  return text.length <= 2000 ? (value as AuditValue) : `${text.slice(0, 2000)}…`
}
