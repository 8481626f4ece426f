import { constants, createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import type { Assertion, Attestation } from './passkey-answers.ts'

/** An authenticator in software, which can be told to do wrong. */
export interface SoftPasskey {
  readonly id: Buffer
  /** How many signatures it made. */
  count: number
  /** What it gives where a passkey is made. */
  readonly create: (options: CreationAsked, wrong?: Wrong) => Attestation
  /** What it gives as a proof. */
  readonly get: (options: { readonly challenge: string }, wrong?: Wrong) => Assertion
}

export interface SoftPasskeyOptions {
  readonly rpId: string
  readonly origin: string
  readonly algorithm?: 'ES256' | 'EdDSA' | 'RS256' | 'ES384'
  readonly id?: Buffer
  /** Whether it counts its signatures (false: it gives 0, as synced passkeys do). */
  readonly counts?: boolean
  readonly isSynced?: boolean
  /** Whether it asks its owner who they are (true). */
  readonly verifiesUser?: boolean
}

interface CreationAsked {
  readonly challenge: string
  readonly user: { readonly id: string }
}

/** What it does other than it should. */
export interface Wrong {
  readonly type?: string
  readonly challenge?: string
  readonly origin?: string
  readonly crossOrigin?: boolean
  readonly topOrigin?: string
  readonly rpId?: string
  readonly isPresent?: boolean
  readonly isVerified?: boolean
  readonly isSynced?: boolean
  readonly count?: number
  readonly userHandle?: string | null
  /** Changes the signature after it was made. */
  readonly signature?: (signature: Buffer) => Buffer
  /** Signs with RSASSA-PSS where PKCS #1 v1.5 is due. */
  readonly padding?: number
  /** The client data that is signed, where another one is sent. */
  readonly signs?: Buffer
}

export function softPasskey(options: SoftPasskeyOptions): SoftPasskey {
  const { rpId, origin, algorithm = 'ES256', id = randomBytes(32), counts = false } = options
  const { isSynced = false, verifiesUser = true } = options
  const keys = pairOf(algorithm)
  let userHandle = ''

  function clientData(type: string, challenge: string, wrong: Wrong): Buffer {
    const { crossOrigin = false, topOrigin } = wrong
    const data = { type: wrong.type ?? type, challenge: wrong.challenge ?? challenge, origin: wrong.origin ?? origin }
    return Buffer.from(JSON.stringify({ ...data, crossOrigin, ...(topOrigin === undefined ? {} : { topOrigin }) }))
  }

  function authenticatorData(wrong: Wrong, attested = Buffer.alloc(0)): Buffer {
    const { isPresent = true, isVerified = verifiesUser } = wrong
    const synced = wrong.isSynced ?? isSynced
    const flags =
      (isPresent ? 0x01 : 0) | (isVerified ? 0x04 : 0) | (synced ? 0x18 : 0) | (attested.length > 0 ? 0x40 : 0)
    const head = Buffer.alloc(5)
    head.writeUInt8(flags, 0)
    head.writeUInt32BE(wrong.count ?? (counts ? passkey.count : 0), 1)
    return Buffer.concat([sha256(Buffer.from(wrong.rpId ?? rpId)), head, attested])
  }

  const passkey: SoftPasskey = {
    id,
    count: 0,

    create: ({ challenge, user }, wrong = {}) => {
      userHandle = user.id
      const length = Buffer.alloc(2)
      length.writeUInt16BE(id.length)
      const attested = Buffer.concat([Buffer.alloc(16), length, id, Buffer.from(isoCBOR.encode(keys.cose))])
      const made = new Map<string, Uint8Array | string | Map<string, never>>([
        ['fmt', 'none'],
        ['attStmt', new Map<string, never>()],
        ['authData', Uint8Array.from(authenticatorData(wrong, attested))],
      ])
      return attestation(id, clientData('webauthn.create', challenge, wrong), Buffer.from(isoCBOR.encode(made)))
    },

    get: ({ challenge }, wrong = {}) => {
      passkey.count += 1
      const data = authenticatorData(wrong)
      const client = clientData('webauthn.get', challenge, wrong)
      const signed = signWith(keys, Buffer.concat([data, sha256(wrong.signs ?? client)]), wrong.padding)
      const handle = wrong.userHandle === undefined ? userHandle : wrong.userHandle
      return assertion(id, client, data, wrong.signature?.(signed) ?? signed, handle)
    },
  }
  return passkey
}

function attestation(id: Buffer, client: Buffer, object: Buffer): Attestation {
  const own = id.toString('base64url')
  return {
    id: own,
    rawId: own,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: client.toString('base64url'),
      attestationObject: object.toString('base64url'),
      transports: ['internal', 'hybrid'],
    },
  }
}

function assertion(id: Buffer, client: Buffer, data: Buffer, signature: Buffer, userHandle: string | null): Assertion {
  const own = id.toString('base64url')
  return {
    id: own,
    rawId: own,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: client.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: signature.toString('base64url'),
      ...(userHandle === null ? {} : { userHandle }),
    },
  }
}

interface Pair {
  readonly algorithm: string
  readonly privateKey: KeyObject
  readonly cose: Map<number, number | Uint8Array>
}

/** A key, and how COSE writes it (RFC 9053, sections 7.1 and 7.2; RFC 8230, section 4). */
function pairOf(algorithm: NonNullable<SoftPasskeyOptions['algorithm']>): Pair {
  const bytes = (text = ''): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64url'))
  if (algorithm === 'EdDSA') {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const { x } = publicKey.export({ format: 'jwk' })
    const cose = new Map<number, number | Uint8Array>([
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytes(x)],
    ])
    return { algorithm, privateKey, cose }
  }
  if (algorithm === 'RS256') {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { n, e } = publicKey.export({ format: 'jwk' })
    const cose = new Map<number, number | Uint8Array>([
      [1, 3],
      [3, -257],
      [-1, bytes(n)],
      [-2, bytes(e)],
    ])
    return { algorithm, privateKey, cose }
  }
  const [namedCurve, alg, crv] = algorithm === 'ES256' ? (['P-256', -7, 1] as const) : (['P-384', -35, 2] as const)
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  const { x, y } = publicKey.export({ format: 'jwk' })
  const cose = new Map<number, number | Uint8Array>([
    [1, 2],
    [3, alg],
    [-1, crv],
    [-2, bytes(x)],
    [-3, bytes(y)],
  ])
  return { algorithm, privateKey, cose }
}

function signWith({ algorithm, privateKey }: Pair, data: Buffer, padding = constants.RSA_PKCS1_PADDING): Buffer {
  if (algorithm === 'EdDSA') return sign(null, data, privateKey)
  const digest = algorithm === 'ES384' ? 'sha384' : 'sha256'
  return sign(digest, data, algorithm === 'RS256' ? { key: privateKey, padding } : privateKey)
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest()
}
