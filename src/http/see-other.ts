import type { Answer } from './exchange.ts'

/** Leads a browser on, by a status with which no form is ever sent along (RFC 9700, section 4.12). No cache keeps it. */
export function seeOther(location: string, headers: Answer['headers'] = []): Answer {
  return { status: 303, headers: [['location', location], ['cache-control', 'no-store'], ...headers], body: '' }
}
