import { timeZones } from '../http/time-zone.ts'
import { select } from './controls.ts'
import type { Markup } from './layout.ts'

/** A list of the time zones. Nothing is chosen to begin with: then pages go by the browser, and by UTC where no script runs. */
export function timeZoneField({
  value,
  wrong,
}: {
  readonly value: string | null
  /** What is wrong with it (nothing). */
  readonly wrong?: string | undefined
}): Markup {
  // One that was sent by JSON may have an old name.
  const own = value === null || value === '' || timeZones.includes(value) ? [] : [value]
  return select({
    id: 'time_zone',
    name: 'time_zone',
    label: 'Time zone',
    value: value ?? '',
    wrong,
    hint: 'In it you read when things happened, on these pages and in mails to you. Mails are in UTC where none is chosen.',
    choices: [
      { value: '', text: 'That of my browser' },
      ...[...own, ...timeZones].map((name) => ({ value: name, text: name.replaceAll('_', ' ') })),
    ],
  })
}
