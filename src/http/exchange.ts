import type { AuthRequest } from '../core/request.ts'

/** A request to one of our own endpoints: what a door sees of it, the caller's address, and its body. */
export interface Exchange extends AuthRequest {
  /** The caller's address, proxies taken into account; `null` where it is not known. */
  readonly address: string | null
  /** Names this request in the log and on error pages. */
  readonly requestId?: string | undefined
  /** Reads the body within the server's bounds, once; throws `RequestRefused` beyond them. */
  readonly body: () => Promise<Uint8Array>
  /** What is made of files in the body: texts, or the base64 of their bytes (they are refused). */
  readonly takesFiles?: FilesAs | undefined
}

/** What is made of the files of a form, whose fields are texts. */
export type FilesAs = 'text' | 'base64'

/** What a path takes whose bodies may be larger than others, and hold files. */
export interface Upload {
  /** The most bytes of a body. */
  readonly limit: number
  /** (text) */
  readonly files?: FilesAs | undefined
}

/** What an endpoint answers, as plain values. Header names are in lower case; `set-cookie` may come more than once. */
export interface Answer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** Bytes in place of it, such as those of a picture (none). */
  readonly bytes?: Uint8Array
  /**
   * What follows the body, read piece by piece as fast as the caller takes it, for what is too large to be put together first
   * (nothing). Where it fails, the connection ends, so that nobody takes a part for the whole.
   */
  readonly pieces?: AsyncIterable<string>
}

/** One endpoint. What the request did wrong is thrown as an `AuthError`; the server writes it as an answer. */
export type Endpoint = (request: Exchange) => Promise<Answer>

/** A JSON answer that no cache keeps. */
export function jsonAnswer(value: unknown, status = 200, headers: Answer['headers'] = []): Answer {
  return {
    status,
    headers: [
      ['content-type', 'application/json; charset=utf-8'],
      ['cache-control', 'no-store'],
      ['pragma', 'no-cache'],
      ['x-content-type-options', 'nosniff'],
      ...headers,
    ],
    body: JSON.stringify(value),
  }
}
