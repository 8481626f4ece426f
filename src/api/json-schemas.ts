import { z } from 'zod'
import type { Operation, Shape } from './operation.ts'
import { queryShape } from './query-shape.ts'

/** A JSON Schema of the 2020-12 dialect, which OpenAPI 3.1 speaks. */
export type JsonSchema = { readonly [keyword: string]: unknown }

/** What a body has to look like; `null` where there is none. */
export function bodySchema({ body }: Pick<Operation, 'body'>): JsonSchema | null {
  return body === null ? null : jsonSchema(body, 'input')
}

/** What a parameter has to look like, as it is sent. */
export function parameterSchemas(
  shape: Shape,
): readonly (readonly [name: string, schema: JsonSchema, isNeeded: boolean])[] {
  return Object.entries(shape).map(([name, schema]) => [
    name,
    jsonSchema(schema, 'input'),
    !schema.safeParse(undefined).success,
  ])
}

export function queryParameters(operation: Pick<Operation, 'query' | 'isPaged'>): ReturnType<typeof parameterSchemas> {
  return parameterSchemas(queryShape(operation))
}

/** Schemas that have a name (`.meta({ id })`) stand under `$defs` once. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...written } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return written
}
