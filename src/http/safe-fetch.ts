import { lookup as platformLookup } from 'node:dns/promises'
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { createAddressRanges } from './address-ranges.ts'
import { isSpecialAddress } from './special-addresses.ts'

export interface SafeFetchOptions {
  /** Hosts that may be asked over plain http, such as `localhost` or `[::1]`; all others only over https (none). */
  readonly insecureHosts?: readonly string[]
  /** Special addresses that may be connected to all the same, as ranges, such as `10.1.0.0/16` (none). */
  readonly allowedAddresses?: readonly string[]
  /** Certificate authorities to trust in place of the well-known ones, PEM (the well-known ones). */
  readonly ca?: string | readonly string[]
  /** Milliseconds that all of it may take: the name, the connection, the answer (5000). */
  readonly timeout?: number
  /** Bytes that the body of an answer may have (65536). */
  readonly limit?: number
  /** Whether equal GETs under way at once are one; their answer is then shared (false). */
  readonly share?: boolean
  /** Finds the addresses of a name (the system's resolver). */
  readonly lookup?: (hostname: string) => Promise<readonly string[]>
}

/** What is asked for, beside the URL. Nothing is added to it: no cookies, no credentials. */
export interface SafeFetchRequest {
  /** (GET) */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Names in lower case (none). */
  readonly headers?: Readonly<Record<string, string>>
  /** (none) */
  readonly body?: string | Uint8Array
}

export interface SafeFetchResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
}

/** Asks a server that someone else named. Rejects with `FetchRefused`, whatever goes wrong on the way. */
export type SafeFetch = (url: string, request?: SafeFetchRequest) => Promise<SafeFetchResponse>

/** Why there is no answer. `unreachable` is the only one that may pass by itself. */
export type FetchRefusedReason =
  | 'bad_url'
  | 'bad_address'
  | 'redirect'
  | 'too_large'
  | 'encoded'
  | 'timeout'
  | 'unreachable'

/** An outbound request that was not sent, or whose answer was not taken. The message names no address and no path. */
export class FetchRefused extends Error {
  readonly reason: FetchRefusedReason

  constructor(reason: FetchRefusedReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.reason = reason
  }
}

/**
 * Makes the one client for all outbound requests, safe to point at URLs that others chose (client metadata, request
 * objects, key sets, notifications): https only, no credentials in the URL; the name is resolved once, each of its
 * addresses has to be an ordinary one, and the connection goes to those and no other, so that a second answer of the DNS
 * changes nothing; redirects are refused; body and time are bounded; a compressed body is refused, not unpacked.
 */
export function createSafeFetch(options: SafeFetchOptions = {}): SafeFetch {
  const { timeout = 5000, limit = 65_536, share = false, lookup = systemLookup } = options
  const insecureHosts = new Set(options.insecureHosts)
  const isAllowed = createAddressRanges(options.allowedAddresses ?? [])
  const underWay = new Map<string, Promise<SafeFetchResponse>>()

  return async (address, request = {}) => {
    const url = checkedUrl(address, insecureHosts)
    const isShared =
      share && (request.method ?? 'GET') === 'GET' && request.headers === undefined && request.body === undefined
    if (!isShared) return await fetchOnce(url, request)
    const known = underWay.get(url.href)
    if (known !== undefined) return await known
    const begun = fetchOnce(url, request).finally(() => underWay.delete(url.href))
    underWay.set(url.href, begun)
    return await begun
  }

  async function fetchOnce(url: URL, request: SafeFetchRequest): Promise<SafeFetchResponse> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeout)
    try {
      const addresses = await unlessLate(addressesOf(url), late.signal)
      return await unlessLate(exchange(url, request, addresses, late.signal), late.signal)
    } catch (error) {
      if (late.signal.aborted) throw new FetchRefused('timeout', 'The other server did not answer in time.')
      if (error instanceof FetchRefused) throw error
      throw new FetchRefused('unreachable', 'The other server could not be reached.', { cause: error })
    } finally {
      clearTimeout(timer)
      late.abort()
    }
  }

  /** All of them have to be fit: a name that mixes public and inner addresses is a trick or a mistake. */
  async function addressesOf(url: URL): Promise<readonly string[]> {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const addresses = isIP(host) === 0 ? await lookup(host) : [host]
    if (addresses.length === 0) throw new FetchRefused('unreachable', 'The name of the other server has no address.')
    if (!addresses.every((address) => !isSpecialAddress(address) || isAllowed(address))) {
      throw new FetchRefused('bad_address', 'The other server is at an address that must not be connected to.')
    }
    return addresses
  }

  function exchange(
    url: URL,
    { method = 'GET', headers = {}, body }: SafeFetchRequest,
    addresses: readonly string[],
    signal: AbortSignal,
  ): Promise<SafeFetchResponse> {
    return new Promise((resolve, reject) => {
      const settings = {
        method,
        signal,
        agent: false as const,
        maxHeaderSize: 16_384,
        headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
        lookup: pinned(addresses),
        ...(options.ca !== undefined && { ca: [options.ca].flat() }),
      }
      const call: ClientRequest =
        url.protocol === 'https:'
          ? httpsRequest(url, { ...settings, minVersion: 'TLSv1.2' })
          : httpRequest(url, settings)
      call.on('error', reject)
      call.on('response', (answer) => {
        read(answer, limit).then(resolve, (error: Error) => {
          call.destroy()
          reject(error)
        })
      })
      call.end(body)
    })
  }
}

function checkedUrl(address: string, insecureHosts: ReadonlySet<string>): URL {
  const url = address.length <= 2048 && URL.canParse(address) ? new URL(address) : null
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && insecureHosts.has(url.hostname))
  if (url === null || !isSecure)
    throw new FetchRefused('bad_url', 'The URL of the other server has to be an https one.')
  if (url.username !== '' || url.password !== '') {
    throw new FetchRefused('bad_url', 'The URL of the other server must not hold credentials.')
  }
  url.hash = ''
  return url
}

async function systemLookup(hostname: string): Promise<readonly string[]> {
  const found = await platformLookup(hostname, { all: true })
  return found.map(({ address }) => address)
}

/** Answers the connection's question for addresses with those that were judged, and with nothing else. */
function pinned(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_hostname, { all }, callback) => {
    const [first] = found
    if (all === true) callback(null, found)
    else callback(null, first?.address ?? '', first?.family)
  }
}

async function read(answer: IncomingMessage, limit: number): Promise<SafeFetchResponse> {
  const status = answer.statusCode ?? 0
  if (status >= 300 && status < 400 && status !== 304) {
    throw new FetchRefused('redirect', 'The other server redirects, which is not followed.')
  }
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(answer.headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  if ((headers.get('content-encoding') ?? 'identity').toLowerCase() !== 'identity') {
    throw new FetchRefused('encoded', 'The answer of the other server is compressed, which was not asked for.')
  }
  if (Number(headers.get('content-length') ?? 0) > limit) throw tooLarge(limit)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  return { status, headers, body: Buffer.concat(chunks) }
}

function tooLarge(limit: number): FetchRefused {
  return new FetchRefused('too_large', `The answer of the other server has more than ${limit} bytes.`)
}

/** A look-up cannot be called off, only left behind. */
function unlessLate<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(new FetchRefused('timeout', 'The other server did not answer in time.'))
    signal.addEventListener('abort', leave, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
