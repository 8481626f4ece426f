import { utcMinute } from '../core/utc-minute.ts'
import type { AuditEntry } from '../storage/audit-log.ts'

/** The details of an event in one line: what was and what is, where it says so. Secrets are blotted out before they are stored. */
export function detailText({ detail }: Pick<AuditEntry, 'detail'>): string {
  return Object.entries(detail)
    .flatMap(([name, value]) => {
      if (name === 'changed' && isRecord(value)) return Object.entries(value).map(changeText)
      if (name === 'fields' && 'changed' in detail) return []
      return value === null || value === '' ? [] : [`${name.replaceAll('_', ' ')}: ${namedText(name, value)}`]
    })
    .join('; ')
}

function changeText([name, value]: readonly [string, unknown]): string {
  if (!Array.isArray(value)) return `${name}: ${namedText(name, value)}`
  const [before, after] = value as readonly unknown[]
  return `${name}: ${namedText(name, before)} → ${namedText(name, after)}`
}

/** A number that the name says is a moment, as a moment: in a line of text, so in UTC. */
function namedText(name: string, value: unknown): string {
  const isMoment = /(?:_(?:at|from|until)|At|From|Until)$/.test(name) && Math.abs(Number(value)) < 8.64e15
  if (typeof value !== 'number' || !isMoment) return valueText(value)
  return utcMinute(value)
}

function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'none'
  if (value === true) return 'yes'
  if (value === false) return 'no'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueText).join(', ')
  return shortened(typeof value === 'string' ? value : JSON.stringify(value))
}

function shortened(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
