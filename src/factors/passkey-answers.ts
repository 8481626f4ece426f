import { type AuthError, RequestRefused } from '../core/errors.ts'

/** What a browser gives when it made a passkey: `RegistrationResponseJSON` of WebAuthn Level 3, section 5.1.8, as far as it is read. */
export interface Attestation {
  readonly id: string
  readonly rawId: string
  readonly type: string
  readonly clientExtensionResults: object
  readonly response: {
    readonly clientDataJSON: string
    readonly attestationObject: string
    readonly transports?: readonly string[]
  }
}

/** What it gives as a proof: `AuthenticationResponseJSON`. */
export interface Assertion {
  readonly id: string
  readonly rawId: string
  readonly type: string
  readonly clientExtensionResults: object
  readonly response: {
    readonly clientDataJSON: string
    readonly authenticatorData: string
    readonly signature: string
    readonly userHandle?: string
  }
}

/** Makes the error that is sent, with the cause that is only logged. */
export type Refuse = (cause?: unknown) => AuthError

/** Reads one. Throws `invalid` where it has not that form, or was made in a page of another site. */
export function attestationIn(answer: unknown): Attestation {
  const { head, response } = partsOf(answer)
  const transports = response['transports']
  return {
    ...head,
    response: {
      clientDataJSON: clientDataIn(response),
      attestationObject: base64url(response, 'attestationObject'),
      ...(Array.isArray(transports) ? { transports: transports.filter(isTransport).slice(0, 8) } : {}),
    },
  }
}

export function assertionIn(answer: unknown): Assertion {
  const { head, response } = partsOf(answer)
  const userHandle = response['userHandle']
  return {
    ...head,
    response: {
      clientDataJSON: clientDataIn(response),
      authenticatorData: base64url(response, 'authenticatorData'),
      signature: base64url(response, 'signature'),
      ...(userHandle === undefined || userHandle === null ? {} : { userHandle: base64url(response, 'userHandle') }),
    },
  }
}

type Members = Readonly<Record<string, unknown>>

function partsOf(answer: unknown): { readonly head: Omit<Attestation, 'response'>; readonly response: Members } {
  const whole = membersOf(answer)
  const [id, rawId] = [base64url(whole, 'id'), base64url(whole, 'rawId')]
  if (id !== rawId || whole['type'] !== 'public-key') throw malformed()
  return { head: { id, rawId, type: 'public-key', clientExtensionResults: {} }, response: membersOf(whole['response']) }
}

/** What a frame of another site asked for is refused: our pages are in no frames (WebAuthn Level 3, section 13.4.9). */
function clientDataIn(response: Members): string {
  const text = base64url(response, 'clientDataJSON')
  const data = membersOf(jsonOrNull(Buffer.from(text, 'base64url').toString('utf8')))
  if (typeof data['challenge'] !== 'string' || typeof data['origin'] !== 'string') throw malformed()
  if (data['crossOrigin'] === true || data['topOrigin'] !== undefined) throw malformed()
  return text
}

function membersOf(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed()
  return value as Members
}

/** One spelling for each value: what decodes to the same bytes is the same text. */
function base64url(members: Members, name: string): string {
  const value = Object.hasOwn(members, name) ? members[name] : null
  if (typeof value !== 'string' || value === '' || value.length > longest) throw malformed()
  if (Buffer.from(value, 'base64url').toString('base64url') !== value) throw malformed()
  return value
}

/** An attestation object with a key and a long id has 2 kB; with certificates, some more. */
const longest = 65_536

function isTransport(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z-]{1,20}$/.test(value)
}

function malformed(): RequestRefused {
  const sentence = 'This is not what a browser gives for a passkey.'
  return new RequestRefused('invalid', sentence, { body: { passkey: [sentence] } })
}

/** What a script put into a field of a form: no JSON is no answer of a browser, and is refused as such. */
export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
