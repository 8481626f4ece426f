import { RequestRefused } from '../core/errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { BodyFields } from '../http/parse-body.ts'
import type { Described } from './operation.ts'
import { filledPath } from './path-pattern.ts'
import { queryShape } from './query-shape.ts'
import type { SecurityScheme } from './security-scheme.ts'

/** How a request that is tried shows who it is from: as whoever is signed in, as nobody, or by something that was pasted. */
export interface TryOptions {
  readonly schemes: Readonly<Record<string, SecurityScheme>>
  /** What makes it a request of the browser's session: its cookie, and its token against forged requests. */
  readonly session: { readonly headerName: string; readonly token: string } | null
}

/** The name of the choice to be nobody, beside `session` and the names of the ways in. */
export const asNobody = 'nobody'

/**
 * Makes the request that a form asks to be tried, on the connection of the form's own. What was pasted is in it, and nowhere
 * else. Throws `RequestRefused` (`invalid`) where the body is no JSON, or the way in none that can be pasted.
 */
export function tryRequest(form: Exchange, fields: BodyFields, one: Described, options: TryOptions): Exchange {
  const body = bodyOf(fields, one)
  const headers = new Map<string, string>([
    ...kept.flatMap((name): [string, string][] => {
      const value = form.headers.get(name)
      return value === null ? [] : [[name, value]]
    }),
    ['accept', 'application/json'],
    ...(body === null ? [] : [['content-type', one.bodyType] as const]),
    ...credentialOf(form, fields, options),
  ])
  const bytes = Buffer.from(body ?? '')
  // What a TLS layer or a proxy says of the browser is not what is tried here.
  const peer = form.peer === undefined ? undefined : { address: form.peer.address }
  return {
    method: one.method,
    url: urlOf(fields, one),
    headers: { get: (name) => headers.get(name) ?? null, keys: () => headers.keys() },
    ...(peer === undefined ? {} : { peer }),
    address: form.address,
    requestId: form.requestId,
    body: async () => bytes,
    field: async () => null,
  }
}

/** What tells where a request came from stays true of the one that is tried. */
const kept = [
  'host',
  'user-agent',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-real-ip',
]

function urlOf(fields: BodyFields, one: Described): string {
  const inPath = Object.fromEntries(Object.keys(one.params).map((name) => [name, textIn(fields, `path_${name}`)]))
  const query = Object.keys(queryShape(one)).flatMap((name) => {
    const value = textIn(fields, `query_${name}`)
    return value === '' ? [] : [[name, value]]
  })
  const path = filledPath(one.path, inPath)
  return query.length === 0 ? path : `${path}?${new URLSearchParams(query)}`
}

function bodyOf(fields: BodyFields, { body, bodyType }: Described): string | null {
  const text = textIn(fields, 'body').trim()
  if (body === null || text === '') return null
  if (bodyType === 'application/json') return text
  try {
    const members = JSON.parse(text) as Readonly<Record<string, unknown>>
    return new URLSearchParams(Object.entries(members).map(([name, value]) => [name, String(value)])).toString()
  } catch {
    throw new RequestRefused('invalid', undefined, { body: { body: ['Give the fields as a JSON object.'] } })
  }
}

function credentialOf(form: Exchange, fields: BodyFields, { schemes, session }: TryOptions): [string, string][] {
  const as = textIn(fields, 'as')
  if (as === asNobody) return []
  if (as === 'session') {
    if (session === null) throw refused('as', 'Nobody is signed in here any more. Choose another way, or sign in.')
    const origin = form.headers.get('origin')
    return [
      ['cookie', form.headers.get('cookie') ?? ''],
      [session.headerName, session.token],
      ...(origin === null ? [] : [['origin', origin] as [string, string]]),
    ]
  }
  const header = Object.hasOwn(schemes, as) ? schemes[as]?.header : null
  if (header === null || header === undefined) throw refused('as', 'Choose who the request is from.')
  const pasted = textIn(fields, 'credential').trim()
  if (pasted === '' || /[^\x20-\x7e]/.test(pasted))
    throw refused('credential', 'Paste the credential that is to be shown.')
  return [[header.name, header.value(pasted)]]
}

function refused(field: string, sentence: string): RequestRefused {
  return new RequestRefused('invalid', undefined, { body: { [field]: [sentence] } })
}

/** A field of the form, empty where it is absent. */
export function textIn(fields: BodyFields, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : ''
  return typeof value === 'string' ? value : ''
}
