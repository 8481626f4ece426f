import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** A message as a mail server got it. */
export interface Received {
  /** The envelope: who it says it is from, and everyone it goes to. */
  readonly from: string
  readonly to: readonly string[]
  /** The whole message, with its lines as one, so that texts can be looked for. */
  readonly raw: string
  readonly isEncrypted: boolean
}

/** A mail server on this machine. */
export interface MailServer {
  readonly port: number
  readonly url: string
  readonly received: Received[]
  /** What it answers to a recipient: `null` takes the mail. Written to by tests. */
  refusal: { readonly code: number; readonly message: string } | null
  readonly close: () => Promise<void>
}

/** Starts a real mail server, which stops after the test. */
export async function mailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const received: Received[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: options.key === undefined ? ['STARTTLS'] : [],
    logger: false,
    onRcptTo: (_address, _session, callback) => {
      const { refusal } = here
      if (refusal === null) callback()
      else callback(Object.assign(new Error(refusal.message), { responseCode: refusal.code }))
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: plain(Buffer.concat(chunks).toString()),
          isEncrypted: session.secure,
        })
        callback()
      })
    },
    ...options,
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.server.address() as AddressInfo
  let isOpen = true
  const close = async (): Promise<void> => {
    if (!isOpen) return
    isOpen = false
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  // What a client does wrong is the client's to notice.
  server.on('error', () => undefined)
  after(close)
  const here: MailServer = { port, url: `smtp://127.0.0.1:${port}`, received, refusal: null, close }
  return here
}

/** Undoes what mail does to long lines and to characters beyond ASCII (RFC 2045, section 6.7). */
function plain(raw: string): string {
  const bytes = raw
    .replaceAll(/(?<!\?)=\r\n/g, '')
    .replaceAll(/(?:=[0-9A-F]{2})+/g, (escaped) => Buffer.from(escaped.replaceAll('=', ''), 'hex').toString())
  return bytes.replaceAll('\r\n', '\n')
}
