import type { IncomingMessage } from 'node:http'
import { RequestRefused } from '../core/errors.ts'

export interface ReadBodyOptions {
  /** How many bytes the body may have (65536). */
  readonly limit?: number
  /** How many milliseconds the whole of it may take to arrive (10000). */
  readonly timeout?: number
}

/**
 * Reads the body of a Node or a Web request as bytes; empty where there is none. Throws `RequestRefused`:
 * `payload_too_large` before reading anything where the declared length is above the limit, or as soon as what arrives is;
 * `unsupported_media_type` for a body with a content coding, which is not undone here; `parse_error` where it breaks off;
 * `request_timeout` where it takes too long (RFC 9110, section 15.5.9). The connection is not to be used again then: the answer carries `connection: close`. Throws `TypeError`
 * where something else has read the body before.
 */
export async function readBody(source: IncomingMessage | Request, options: ReadBodyOptions = {}): Promise<Uint8Array> {
  const { limit = 65_536, timeout = 10_000 } = options
  if (isWeb(source) ? source.bodyUsed : source.readableEnded) {
    throw new TypeError('readBody: the body was read already. Leave it to readBody, or hand over what was read.')
  }
  checkHeaders(headerOf(source, 'content-length'), headerOf(source, 'content-encoding'), limit)
  return isWeb(source) ? await readWeb(source, limit, timeout) : await readNode(source, limit, timeout)
}

/** By shape: frameworks have requests of their own that stand in for the platform's. */
function isWeb(source: IncomingMessage | Request): source is Request {
  return typeof source.headers.get === 'function'
}

function headerOf(source: IncomingMessage | Request, name: 'content-length' | 'content-encoding'): string | null {
  return isWeb(source) ? source.headers.get(name) : (source.headers[name] ?? null)
}

function checkHeaders(length: string | null, coding: string | null, limit: number): void {
  if (length !== null && !/^[0-9]+$/.test(length))
    throw closing('parse_error', 'The Content-Length header is malformed.')
  if (length !== null && Number(length) > limit) throw tooLarge(limit)
  if (coding !== null && coding.toLowerCase() !== 'identity') {
    throw closing('unsupported_media_type', 'A request body with a Content-Encoding is not supported.')
  }
}

/** By events, not by iterating: leaving a loop early destroys the socket, and with it the answer. */
function readNode(source: IncomingMessage, limit: number, timeout: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    // Listeners stay where they are: taking them away costs as much as reading a short body.
    let isSettled = false
    const timer = setTimeout(() => refuse(tooSlow), timeout)
    const onData = (chunk: Buffer): void => {
      if (isSettled) return
      size += chunk.byteLength
      chunks.push(chunk)
      if (size > limit) refuse(() => tooLarge(limit))
    }
    const onEnd = (): void => {
      if (isSettled) return
      settle()
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))
    }
    const onError = (cause: unknown): void => refuse(() => brokenOff(cause))
    // It comes after the end too.
    const onClose = (): void => refuse(brokenOff)
    source.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
    if (source.destroyed) onClose()

    function settle(): void {
      isSettled = true
      clearTimeout(timer)
    }

    // Also an error that comes later, of a stream that nobody reads any more, ends here: it is nobody's.
    function refuse(why: () => RequestRefused): void {
      if (isSettled) return
      settle()
      // What still arrives is not kept.
      chunks.length = 0
      source.off('data', onData).pause()
      reject(why())
    }
  })
}

async function readWeb(source: Request, limit: number, timeout: number): Promise<Uint8Array> {
  if (source.body === null) return new Uint8Array()
  const reader = source.body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(tooSlow()), timeout)))
  try {
    while (true) {
      const { done, value } = await Promise.race([
        reader.read().catch((cause: unknown) => Promise.reject(brokenOff(cause))),
        late,
      ])
      if (done) return Buffer.concat(chunks)
      size += value.byteLength
      chunks.push(value)
      if (size > limit) throw tooLarge(limit)
    }
  } catch (error) {
    // Not awaited: a source that does not answer would hold the refusal up.
    reader.cancel().catch(() => {})
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function tooLarge(limit: number): RequestRefused {
  const most = limit % 2 ** 20 === 0 ? `${limit / 2 ** 20} MiB` : `${limit} bytes`
  return closing('payload_too_large', `The request body may have ${most} at most.`)
}

function tooSlow(): RequestRefused {
  return closing('request_timeout', 'The request body did not arrive in time.')
}

function brokenOff(cause?: unknown): RequestRefused {
  return closing('parse_error', 'The request body broke off.', cause)
}

function closing(
  code: 'payload_too_large' | 'unsupported_media_type' | 'parse_error' | 'request_timeout',
  detail: string,
  cause?: unknown,
): RequestRefused {
  return new RequestRefused(code, detail, { headers: { connection: 'close' }, cause })
}
