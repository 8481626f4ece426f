import { Agent, createServer, request, type RequestListener } from 'node:http'
import { request as requestTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { ConnectionOptions } from 'node:tls'

/** A request, header for header. */
export interface Sent {
  readonly method?: string
  readonly path: string
  /** In this order, doubled ones too. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string
}

/** What came back. Doubled headers are joined as recipients join them (RFC 9110, section 5.3). */
export interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends a request over a connection of its own, to a port here. */
export async function exchange(port: number, sent: Sent, tls?: ConnectionOptions): Promise<Received> {
  const { method = 'GET', path, headers = [], body } = sent
  const mayHaveBody = body !== undefined || ['POST', 'PUT', 'PATCH'].includes(method)
  const length = mayHaveBody ? [['content-length', String(Buffer.byteLength(body ?? ''))] as const] : []
  const flat = [['host', `127.0.0.1:${port}`] as const, ...headers, ...length].flat()
  const options = { host: '127.0.0.1', port, method, path, headers: flat, setHost: false, agent: new Agent() }
  return new Promise((resolve, reject) => {
    const outgoing = tls === undefined ? request(options) : requestTls({ ...options, ...tls, agent: false })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: joined(incoming.rawHeaders),
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    outgoing.end(body)
  })
}

/** Sends one request to a listener, with a server of its own. */
export async function answerTo(listener: RequestListener, sent: Sent): Promise<Received> {
  const server = createServer(listener)
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  try {
    return await exchange((server.address() as AddressInfo).port, sent)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** Without those that tell about the connection or the server. */
function joined(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    if (['connection', 'date', 'keep-alive', 'x-powered-by'].includes(name)) continue
    const value = raw[index + 1] as string
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return headers
}

/** A form as body parsers leave it: what is there more than once becomes a list. */
export function formOf(text: string): Record<string, string | string[]> {
  const form = new URLSearchParams(text)
  const entries = [...new Set(form.keys())].map((key) => [key, form.getAll(key)] as const)
  return Object.fromEntries(entries.map(([key, values]) => [key, values.length > 1 ? values : (values[0] ?? '')]))
}
