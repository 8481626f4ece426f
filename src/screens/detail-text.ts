import type { AuditEntry } from '../storage/audit-log.ts'

/** The details of an event in one line: what was and what is, where it says so. Secrets are blotted out before they are stored. */
export function detailText({ detail }: Pick<AuditEntry, 'detail'>): string {
  return Object.entries(detail)
    .flatMap(([name, value]) => {
      if (name === 'changed' && isRecord(value)) return Object.entries(value).map(changeText)
      if (name === 'fields' && 'changed' in detail) return []
      return value === null || value === '' ? [] : [`${name.replaceAll('_', ' ')}: ${valueText(value)}`]
    })
    .join('; ')
}

function changeText([name, value]: readonly [string, unknown]): string {
  if (!Array.isArray(value)) return `${name}: ${valueText(value)}`
  const [before, after] = value as readonly unknown[]
  return `${name}: ${valueText(before)} → ${valueText(after)}`
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
