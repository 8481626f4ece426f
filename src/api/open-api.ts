import { errorCodes, type ErrorCode } from '../core/errors.ts'
import { admitsStrangers } from './admits-strangers.ts'
import { bodySchema, type JsonSchema, jsonSchema, parameterSchemas, queryParameters } from './json-schemas.ts'
import type { Described } from './operation.ts'
import type { SecurityScheme } from './security-scheme.ts'

export interface OpenApiOptions {
  readonly title: string
  readonly version: string
  /** Where it is served. */
  readonly servers: readonly string[]
  /** The ways in, by name. */
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>
}

/** A description in the words of OpenAPI 3.1. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1'
  readonly [member: string]: unknown
}

/** Writes down what can be asked. Schemas that have a name stand among the components, once. */
export async function openApi(all: readonly Described[], options: OpenApiOptions): Promise<OpenApiDocument> {
  const { title, version, servers, securitySchemes } = options
  const schemas: Record<string, JsonSchema> = { ...errorSchemas }
  const place = (schema: JsonSchema): JsonSchema => placed(schema, schemas)
  const paths: Record<string, Record<string, unknown>> = {}
  for (const one of all) {
    const here = (paths[one.path] ??= {})
    here[one.method.toLowerCase()] = await operationObject(one, place, Object.keys(securitySchemes))
  }
  return {
    openapi: '3.1.1',
    info: { title, version },
    servers: servers.map((url) => ({ url })),
    tags: [...new Set(all.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: Object.fromEntries(Object.entries(securitySchemes).map(([name, { scheme }]) => [name, scheme])),
      schemas,
    },
  }
}

type Place = (schema: JsonSchema) => JsonSchema

async function operationObject(one: Described, place: Place, schemes: readonly string[]): Promise<unknown> {
  const body = bodySchema(one)
  return {
    operationId: operationId(one),
    tags: [one.tag],
    summary: one.summary,
    ...(one.description === undefined ? {} : { description: one.description }),
    'x-permission': one.policy,
    security: (await admitsStrangers(one))
      ? [{}, ...(one.permission === null ? [] : schemes.map(alone))]
      : (one.security ?? schemes).map((name) => ({ [name]: name === 'oauth2' ? scopesIn(one.policy) : [] })),
    parameters: [
      ...parameterSchemas(one.params).map(([name, schema]) => ({
        name,
        in: 'path',
        required: true,
        ...told(place(schema)),
      })),
      ...queryParameters(one).map(([name, schema, required]) => ({
        name,
        in: 'query',
        required,
        ...told(place(schema)),
      })),
    ],
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: one.body !== null && !one.body.safeParse({}).success,
            content: { [one.bodyType]: { schema: place(body) } },
          },
        }),
    responses: { ...successOf(one, place), ...refusalsOf(one) },
  }
}

/** The scopes that a policy asks for, as it is written. */
function scopesIn(policy: string): readonly string[] {
  const asked = [...policy.matchAll(/hasScope\(([^)]*)\)/g)].map(([, inside = '']) => inside)
  return [...new Set([...asked.join().matchAll(/'([^']*)'/g)].map(([, scope = '']) => scope))]
}

function alone(name: string): Readonly<Record<string, readonly string[]>> {
  return { [name]: [] }
}

/** What is said of a parameter stands beside its schema. */
function told({ description, ...schema }: JsonSchema): { readonly description?: unknown; readonly schema: JsonSchema } {
  return { ...(description === undefined ? {} : { description }), schema }
}

function successOf({ answer }: Described, place: Place): Readonly<Record<string, unknown>> {
  const { status, description, contentType, schema } = answer
  const types = contentType?.split(', ') ?? []
  const content = schema === null ? {} : { schema: place(jsonSchema(schema, 'output')) }
  return {
    [status]: {
      description,
      ...(types.length === 0 ? {} : { content: Object.fromEntries(types.map((type) => [type, content])) }),
    },
  }
}

/** Every refusal that it may answer with, by status. */
function refusalsOf(one: Described): Readonly<Record<string, unknown>> {
  if (one.errors === 'oauth') {
    const content = { 'application/json': { schema: { $ref: '#/components/schemas/OAuthError' } } }
    return { default: { description: 'Refused, as RFC 6749, section 5.2, has it.', content } }
  }
  const byStatus = Map.groupBy(refusedWith(one), (code) => errorCodes[code][0])
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `${code}: ${errorCodes[code][1]}`).join(' '),
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } },
      },
    ]),
  )
}

/** The codes that an operation may refuse with. */
export function refusedWith(one: Described): readonly ErrorCode[] {
  const takes = one.body !== null || Object.keys(queryOf(one)).length > 0
  const codes: ErrorCode[] = [
    ...(takes ? (['invalid'] as const) : []),
    ...(one.body === null ? [] : (['parse_error', 'payload_too_large', 'unsupported_media_type'] as const)),
    ...(one.policy === 'allowAny'
      ? []
      : (['not_authenticated', 'authentication_failed', 'permission_denied', 'insufficient_scope'] as const)),
    ...(one.policy === 'allowAny' || one.method === 'GET' ? [] : (['csrf_failed'] as const)),
    ...(Object.keys(one.params).length === 0 ? [] : (['not_found'] as const)),
    ...(one.refuses ?? []),
    'throttled',
    'unavailable',
  ]
  return [...new Set(codes)]
}

function queryOf({ query, isPaged }: Described): object {
  return isPaged === true ? { ...query, after: true } : query
}

/** Such as `postApiAdminUsersByIdDisable`. */
export function operationId({ method, path }: Pick<Described, 'method' | 'path'>): string {
  const words = path
    .replaceAll(/\{(\w+)\}/g, 'by-$1')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
  return method.toLowerCase() + words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join('')
}

/** Moves what has a name to the components, and points there. Throws `TypeError` where two schemas have one name. */
function placed(schema: JsonSchema, schemas: Record<string, JsonSchema>): JsonSchema {
  const { $defs = {}, ...own } = schema
  for (const [name, named] of Object.entries($defs as Readonly<Record<string, JsonSchema>>)) {
    const moved = pointed(named) as JsonSchema
    if (name in schemas && JSON.stringify(schemas[name]) !== JSON.stringify(moved)) {
      throw new TypeError(`openApi: two schemas are called ${name}.`)
    }
    schemas[name] = moved
  }
  return pointed(own) as JsonSchema
}

function pointed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) => [
      name,
      name === '$ref' && typeof inner === 'string'
        ? inner.replace(/^#\/\$defs\//, '#/components/schemas/')
        : pointed(inner),
    ]),
  )
}

const errorSchemas: Readonly<Record<string, JsonSchema>> = {
  Refusal: {
    type: 'object',
    description:
      'What was refused. With the code invalid, each member at fault stands beside by its name, as a list of sentences.',
    properties: { detail: { type: 'string' }, code: { type: 'string' } },
    required: ['detail', 'code'],
    additionalProperties: true,
  },
  OAuthError: {
    type: 'object',
    properties: { error: { type: 'string' }, error_description: { type: 'string' } },
    required: ['error'],
    additionalProperties: true,
  },
}
