import { samlRefused, shown } from './saml-refused.ts'

/** A time of SAML, which is UTC, with a `Z` (Core, section 1.3.3). In milliseconds since 1970; throws for any other text. */
export function instantOf(text: string): number {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?Z$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw samlRefused(`${shown(text)} is no time in UTC (SAML Core, section 1.3.3).`)
  return time
}

/** As it is written in our own messages, to the second. */
export function formatInstant(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** How far apart clocks may be, in milliseconds. */
export const clockDifference = 60_000
