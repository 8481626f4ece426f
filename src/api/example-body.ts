import type { JsonSchema } from './json-schemas.ts'

/** A body to begin with: every member that is needed, with a value of its kind to be replaced. */
export function exampleBody(schema: JsonSchema): unknown {
  const { $defs = {} } = schema as { readonly $defs?: Readonly<Record<string, JsonSchema>> }
  return exampleOf(schema, $defs, 0)
}

function exampleOf(schema: JsonSchema, named: Readonly<Record<string, JsonSchema>>, depth: number): unknown {
  const { $ref, default: preset, enum: values, const: only, anyOf, type, properties, required } = schema as Known
  if (depth > mostDepth) return null
  if ($ref !== undefined) return exampleOf(named[$ref.replace('#/$defs/', '')] ?? {}, named, depth + 1)
  if (preset !== undefined) return preset
  if (only !== undefined) return only
  if (values !== undefined) return values[0]
  if (anyOf !== undefined) return exampleOf(anyOf[0] ?? {}, named, depth + 1)
  const kind = Array.isArray(type) ? type[0] : type
  if (kind === 'object') {
    const needed = required ?? []
    return Object.fromEntries(needed.map((name) => [name, exampleOf(properties?.[name] ?? {}, named, depth + 1)]))
  }
  if (kind === 'array') return []
  if (kind === 'integer' || kind === 'number') return 0
  if (kind === 'boolean') return false
  return kind === 'null' ? null : ''
}

const mostDepth = 8

interface Known {
  readonly $ref?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}
