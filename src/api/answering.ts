import type { z } from 'zod'
import { type Answer, jsonAnswer } from '../http/exchange.ts'

/** What a success answers, and how a handler's value becomes it. */
export interface Answering<Value> {
  readonly status: number
  /** A line about it. */
  readonly description: string
  /** `null`: it has no body. */
  readonly contentType: string | null
  /** What the JSON looks like; `null` where it is none. */
  readonly schema: z.ZodType | null
  readonly write: (value: Value) => Answer
}

/** A JSON answer that looks so. */
export function json<Schema extends z.ZodType>(
  schema: Schema,
  { status = 200, description = 'Done.' }: { readonly status?: number; readonly description?: string } = {},
): Answering<z.input<Schema>> {
  return {
    status,
    description,
    contentType: 'application/json',
    schema,
    write: (value) => jsonAnswer(value, status),
  }
}

/** Done, and nothing to say (204). */
export const nothing: Answering<undefined> = {
  status: 204,
  description: 'Done. There is no body.',
  contentType: null,
  schema: null,
  write: () => ({ status: 204, headers: [['cache-control', 'no-store']], body: '' }),
}

/** A file to keep. */
export interface File {
  readonly body: string
  readonly contentType: string
  readonly fileName: string
  /** Headers beside (none). */
  readonly headers?: Answer['headers']
}

/** A file to keep, of one of these types. */
export function download(contentTypes: readonly string[], description: string): Answering<File> {
  return {
    status: 200,
    description,
    contentType: contentTypes.join(', '),
    schema: null,
    write: ({ body, contentType, fileName, headers = [] }) => ({
      status: 200,
      headers: [
        ['content-type', `${contentType}; charset=utf-8`],
        ['content-disposition', `attachment; filename="${fileName}"`],
        ['cache-control', 'no-store'],
        ['x-content-type-options', 'nosniff'],
        ...headers,
      ],
      body,
    }),
  }
}
