import { isMailAddress } from './mail-address.ts'
import type { RenderedMessage } from './render.ts'

export interface SmtpOptions {
  /** `smtp://user:password@host:587`, or `smtps://` where TLS begins with the connection. */
  readonly url: string
  /** Whom mail is from: `no-reply@example.com`, or `Example <no-reply@example.com>`. */
  readonly from: string
  /** Whether mail is only sent over TLS (true, but to this machine itself). */
  readonly tls?: boolean
  /** Certificate authorities to trust in place of the well-known ones, PEM (the well-known ones). */
  readonly ca?: string
  /** Milliseconds that the other side may stay silent (15,000). */
  readonly timeout?: number
}

/** What is handed over to be delivered. */
export interface Envelope extends RenderedMessage {
  readonly to: string
  /** Stays the same when it is tried again, so that whoever gets it twice sees it once. */
  readonly id: string
}

/** Hands mail over. Rejects with `DeliveryFailed`. */
export type Transport = (mail: Envelope) => Promise<void>

/** Mail that was not taken. `isFinal` where another try would end the same way. The message names no address. */
export class DeliveryFailed extends Error {
  readonly isFinal: boolean

  constructor(message: string, isFinal: boolean, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.isFinal = isFinal
  }
}

/**
 * Sends by SMTP (RFC 5321), each message over a connection of its own. Without TLS, mail with links and codes would be open
 * to everyone on the way. Throws `TypeError` for a URL or an address that cannot be one.
 */
export function smtp(options: SmtpOptions): Transport {
  const sender = senderOf(options.from)
  const transport = transportOf(options)

  return async ({ to, id, subject, text, html }) => {
    if (!isMailAddress(to)) throw new DeliveryFailed('The address is none that mail can be sent to.', true)
    try {
      const connection = await transport()
      await connection.sendMail({
        // The envelope decides whom it goes to. It is one address: no list, no name, nothing to be parsed.
        envelope: { from: sender.address, to: [to] },
        from: sender,
        to: { name: '', address: to },
        subject,
        text,
        html,
        messageId: `<${id}@${sender.address.slice(sender.address.lastIndexOf('@') + 1)}>`,
        // So that no holiday notice answers it (RFC 3834, section 5).
        headers: { 'auto-submitted': 'auto-generated' },
      })
    } catch (error) {
      throw failureOf(error)
    }
  }
}

/** Whether the server answers and takes our credentials, without sending anything. Rejects with `DeliveryFailed` where not. */
export async function checkSmtp(options: Omit<SmtpOptions, 'from'>): Promise<void> {
  try {
    const connection = await transportOf(options)()
    await connection.verify()
  } catch (error) {
    throw failureOf(error)
  }
}

/** Checks the options now, and loads what sends when there is something to send: most of what is started sends no mail. */
function transportOf({ url, tls, ca, timeout = 15_000 }: Omit<SmtpOptions, 'from'>) {
  const server = serverOf(url)
  const isLocal = ['localhost', '127.0.0.1', '[::1]', '::1'].includes(server.host)
  const options = {
    ...server,
    requireTLS: !server.secure && (tls ?? !isLocal),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    // A message is text of our own: nothing in it names a file or an address to be read.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(ca === undefined ? {} : { tls: { ca } }),
  }
  return async () => {
    const { createTransport } = await import('nodemailer')
    return createTransport(options)
  }
}

interface Server {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly auth?: { readonly user: string; readonly pass: string }
}

function serverOf(text: string): Server {
  const url = URL.canParse(text) ? new URL(text) : null
  const secure = url?.protocol === 'smtps:'
  if (url === null || (!secure && url.protocol !== 'smtp:') || url.hostname === '') {
    throw new TypeError('smtp: url must be like smtp://user:password@mail.example.com:587, or begin with smtps://.')
  }
  const port = url.port === '' ? (secure ? 465 : 587) : Number(url.port)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const [user, pass] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
  return { host, port, secure, ...(user === '' ? {} : { auth: { user, pass } }) }
}

/** Reads `Name <name@example.com>`, or the address alone. */
function senderOf(from: string): { readonly name: string; readonly address: string } {
  const [, name = '', address = from] = /^([^<>]*)<([^<>]+)>$/.exec(from.trim()) ?? []
  if (!/^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/.test(address.trim())) {
    throw new TypeError(
      'smtp: from must be an address, such as no-reply@example.com or Example <no-reply@example.com>.',
    )
  }
  return { name: name.trim().replaceAll(/^"|"$/g, ''), address: address.trim() }
}

/**
 * A reply of 5xx is final (RFC 5321, section 4.2.1), but for what our own settings are to blame for: credentials and TLS can
 * be mended, and what waits is sent then. What servers reply helps whoever reads the log; addresses in it do not.
 */
function failureOf(error: unknown): DeliveryFailed {
  const { code = 'unknown', responseCode, response } = error as SmtpError
  const isOurs = code === 'EAUTH' || code === 'ENOAUTH' || code === 'ETLS' || code === 'EDNS'
  const isFinal = !isOurs && responseCode !== undefined && responseCode >= 500 && responseCode < 600
  const reply = typeof response === 'string' ? `: ${response.replaceAll(/\S*@\S*/g, '…').slice(0, 200)}` : ''
  return new DeliveryFailed(`The mail server did not take it (${code}${reply}).`, isFinal, { cause: error })
}

interface SmtpError {
  readonly code?: string
  readonly responseCode?: number
  readonly response?: string
}
