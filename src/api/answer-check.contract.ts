import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { pathPattern, decodedWords } from './path-pattern.ts'

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
}

interface OperationObject {
  readonly operationId: string
  readonly 'x-permission': string
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: unknown }>> }>
  >
}

/** One operation of a document. */
interface DocumentedOperation {
  readonly method: string
  readonly path: string
  readonly operation: OperationObject
}

/** An OpenAPI document to hold answers against. */
export interface AnswerCheck {
  readonly operations: readonly DocumentedOperation[]
  /** Fails where an answer is none that the document tells of: another status, or JSON that looks otherwise. */
  readonly check: (asked: { readonly method: string; readonly path: string }, answer: Answered) => void
}

interface Answered {
  readonly status: number
  readonly contentType: string | null
  readonly json: unknown
}

export function createAnswerCheck(document: unknown): AnswerCheck {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(document as object, 'document')
  const compiled = new Map<string, ValidateFunction>()
  const operations = Object.entries((document as Document).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )

  return {
    operations,
    check: ({ method, path }, { status, contentType, json }) => {
      const words = decodedWords(path.replace(/\?.*$/s, '')) ?? []
      const found = operations
        .filter((one) => one.method === method && pathPattern(one.path).match(words) !== null)
        .toSorted((a, b) => pathPattern(b.path).fixed - pathPattern(a.path).fixed)[0]
      const named = `${method} ${path}`
      assert.ok(found, `${named} is in the document`)
      const response = found.operation.responses[status]
      assert.ok(response, `${named} may answer ${status}`)
      const type = contentType?.split(';')[0] ?? null
      if (type === null) return assert.equal(response.content, undefined, `${named} has a body`)
      assert.ok(response.content?.[type], `${named} may answer with ${type}`)
      if (response.content[type].schema === undefined) return undefined
      const place = ['paths', found.path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema']
      const pointer = `document#/${place.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
      const validate = compiled.get(pointer) ?? ajv.compile({ $ref: pointer })
      compiled.set(pointer, validate)
      assert.ok(validate(json), `${named}: ${JSON.stringify(validate.errors)} in ${JSON.stringify(json)}`)
      return undefined
    },
  }
}
