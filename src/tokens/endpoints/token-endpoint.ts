import { RequestRefused } from '../../core/errors.ts'
import type { Answer, Endpoint, Exchange } from '../../http/exchange.ts'
import { parseBody } from '../../http/parse-body.ts'
import type { BodyFields } from '../../http/parse-body.ts'

/** An endpoint under `/api/token/`: `POST` only, with the fields of a JSON or form body. */
export function tokenEndpoint(answer: (request: Exchange, fields: BodyFields) => Promise<Answer>): Endpoint {
  return async (request) => {
    if (request.method !== 'POST') {
      throw new RequestRefused('method_not_allowed', undefined, { headers: { allow: 'POST, OPTIONS' } })
    }
    return answer(request, await parseBody(request.headers.get('content-type'), await request.body()))
  }
}

/**
 * The fields that are wanted, each a text that is not blank. Throws `RequestRefused` (`invalid`), with a member in its body
 * for each that is not, as Django REST framework writes it. Blanks at the ends stay: they may be part of a password.
 */
export function requiredTexts<Name extends string>(
  fields: BodyFields,
  ...names: readonly Name[]
): Record<Name, string> {
  const problems = new Map<string, string[]>()
  const texts: [Name, string][] = []
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined
    const problem = problemWith(value)
    if (problem !== null) problems.set(name, [problem])
    else texts.push([name, String(value)])
  }
  if (problems.size > 0) throw invalid(problems)
  return Object.fromEntries(texts) as Record<Name, string>
}

/** A field that is a text, or `null` where it is not there at all. Throws as `requiredTexts`. */
export function optionalText(fields: BodyFields, name: string): string | null {
  return Object.hasOwn(fields, name) ? (requiredTexts(fields, name)[name] ?? null) : null
}

function problemWith(value: unknown): string | null {
  if (value === undefined) return 'This field is required.'
  if (value === null) return 'This field may not be null.'
  if (typeof value !== 'string') return 'Not a valid string.'
  return value.trim() === '' ? 'This field may not be blank.' : null
}

function invalid(problems: ReadonlyMap<string, string[]>): RequestRefused {
  const [name = '', [problem = ''] = []] = [...problems][0] ?? []
  return new RequestRefused('invalid', `${name}: ${problem}`, { body: Object.fromEntries(problems) })
}
