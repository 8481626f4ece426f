import { z } from 'zod'
import { nameOf } from '../core/permission.ts'
import { allowAny } from '../permissions/allow-any.ts'
import type { Described } from './operation.ts'
import { parametersIn } from './path-pattern.ts'

/** What is said about a route that is served in some other way. What is left out has the defaults of `described`. */
export type Description = Pick<Described, 'method' | 'path' | 'summary' | 'tag'> & {
  readonly [Name in Exclude<keyof Described, 'method' | 'path' | 'summary' | 'tag' | 'answer'>]?: Described[Name]
} & {
  /** What a success looks like: a schema for JSON (nothing is said about it). */
  readonly answers?: z.ZodType | null
  /** The status of a success (200). */
  readonly status?: number
  /** The media type of a success (that of JSON). */
  readonly contentType?: string | null
  /** A line about a success (Done.). */
  readonly answered?: string
}

/** Tells of a route of one's own, so that it stands in the OpenAPI document and in the pages under `/api/`. */
export function described(description: Description): Described {
  const { answers = null, status = 200, contentType, answered = 'Done.', ...given } = description
  const { permission = given.rules?.[0] ?? (given.policy === undefined ? allowAny : null) } = given
  const rules = given.rules ?? (permission === null ? [] : [permission])
  const params = Object.fromEntries(parametersIn(given.path).map((name) => [name, z.string()]))
  return {
    query: {},
    body: null,
    bodyType: 'application/json',
    errors: 'api',
    ...given,
    permission,
    rules,
    policy: given.policy ?? rules.map((rule) => nameOf(rule)).join(', then '),
    params: { ...params, ...given.params },
    answer: {
      status,
      description: answered,
      contentType: contentType === undefined ? 'application/json' : contentType,
      schema: answers,
    },
  }
}
