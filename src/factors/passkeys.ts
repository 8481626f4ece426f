import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { AuthenticationFailed, AuthError, RequestRefused } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import { equalText } from '../crypto/compare.ts'
import { keyedDigest } from '../crypto/digest.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { PasskeyRow } from '../storage/schema.ts'
import type { Ceremony, ChallengeFor, Challenges } from './challenges.ts'
import { assertionIn, attestationIn, type Refuse } from './passkey-answers.ts'
import {
  type AlsoAdded,
  createPasskeyRows,
  type Passkey,
  passkeyName,
  type PasskeyRows,
  toPasskey,
  transportsOf,
} from './passkey-rows.ts'

export interface PasskeysOptions {
  readonly database: Database
  readonly challenges: Challenges
  /** What the handles of users are made with: random bytes that never change, at least 32. */
  readonly handleKey: Uint8Array
  /** The domain that passkeys are made for, such as `example.org`: that of the site, or one above it. */
  readonly rpId: string
  /** Where this site is, such as `https://id.example.org`: exactly these origins are taken. */
  readonly origins: readonly string[]
  /** What the site is called where passkeys are kept (Doorward). */
  readonly siteName?: string
  /**
   * What is done where a passkey's count of signatures did not go up, which may mean that there are two of it: `refuse`, or
   * `flag`, which lets it in (refuse). Either is an event in the audit log.
   */
  readonly onSignCount?: 'refuse' | 'flag'
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What somebody proved with a passkey. */
export interface PasskeyProof {
  readonly user: User
  readonly passkey: string
  /** In the names of RFC 8176: `hwk`, or `swk` for one that is synced; `mfa` where the device asked who it is. */
  readonly amr: readonly string[]
}

/** Where a ceremony stands: what the browser holds, and for a second factor or a confirmation, whose passkey it has to be. */
export type CeremonyAt = Pick<ChallengeFor, 'binding'> & { readonly ceremony: Exclude<Ceremony, 'registration'> } & (
    | { readonly ceremony: 'sign in'; readonly userId: null }
    | { readonly ceremony: 'second factor' | 'confirmation'; readonly userId: string }
  )

/** Passkeys: WebAuthn Level 3, sections 7.1 and 7.2. */
export interface Passkeys extends Pick<PasskeyRows, 'list' | 'rename' | 'remove'> {
  /** What the browser is to be asked to make one. `binding` is the id of the session or pending sign-in. One that is the
   * only way in (`isOnlyWayIn`) has to be found without a name, and its device has to ask who it is. */
  readonly creation: (
    user: User,
    binding: string,
    options?: { readonly isOnlyWayIn?: boolean },
  ) => Promise<PublicKeyCredentialCreationOptionsJSON>
  /**
   * Adds what the browser made. Throws `invalid` for what is malformed, or was not made for this session, site and challenge;
   * `conflict` where it is there already.
   */
  readonly register: (registration: NewPasskey) => Promise<Passkey>
  /**
   * What the browser is to be asked for a proof. To sign in, it is the same for everybody: nobody is named, and so nothing tells
   * which accounts there are.
   */
  readonly request: (at: CeremonyAt) => Promise<PublicKeyCredentialRequestOptionsJSON>
  /** Takes the browser's answer. Throws `invalid` for what is malformed, and `authentication_failed` for whatever is wrong with it, alike. */
  readonly prove: (answer: unknown, at: CeremonyAt, by: ActedBy) => Promise<PasskeyProof>
}

export interface NewPasskey {
  readonly user: User
  readonly binding: string
  /** What the browser gave. */
  readonly answer: unknown
  /** Whether its device has to have asked who it is, as for one that is the only way in (false). */
  readonly isOnlyWayIn?: boolean
  /** What its owner calls it (by its maker, or its kind). */
  readonly name?: string | null
  readonly by: ActedBy
  readonly also?: AlsoAdded
}

export function createPasskeys(options: PasskeysOptions): Passkeys {
  const { database, challenges, handleKey, rpId, origins, siteName = 'Doorward', clock = Date.now } = options
  const { onSignCount = 'refuse' } = options
  if (handleKey.byteLength < 32)
    throw new TypeError('Passkeys: handleKey must have at least 32 bytes; take random ones.')
  const rows = createPasskeyRows(database, clock)
  const expected = { expectedOrigin: [...origins], expectedRPID: rpId }

  /** A name for the user that tells nothing about them and stays the same (WebAuthn Level 3, section 14.6.1). */
  const handleOf = (userId: string): Buffer => keyedDigest(handleKey, `passkey user ${userId}`)

  const challengeCheck = (purpose: ChallengeFor) => ({
    expectedChallenge: async (challenge: string) => challenges.spend(challenge, purpose),
  })

  async function register({
    user,
    binding,
    answer,
    isOnlyWayIn = false,
    name,
    by,
    also,
  }: NewPasskey): Promise<Passkey> {
    const response = attestationIn(answer)
    const purpose = { ceremony: 'registration', binding, userId: user.id } as const
    const { verifyRegistrationResponse } = await webauthn()
    const { registrationInfo: info } = await orRefused(refusedRegistration, async () =>
      verifyRegistrationResponse({
        response: response as RegistrationResponseJSON,
        ...challengeCheck(purpose),
        ...expected,
        requireUserVerification: isOnlyWayIn,
        supportedAlgorithmIDs: [...algorithms],
      }),
    )
    if (info === undefined) throw refusedRegistration()
    const credentialId = Buffer.from(info.credential.id, 'base64url')
    if (credentialId.length > longestCredentialId) throw refusedRegistration()
    const isSynced = info.credentialDeviceType === 'multiDevice'
    const user_id = parseId(user.id)
    if (user_id === null) throw new TypeError('Passkeys: user.id is not the id of a user.')
    const row: PasskeyRow = {
      id: database.newId(),
      user_id,
      credential_id: credentialId,
      public_key: info.credential.publicKey,
      sign_count: info.credential.counter,
      transports: (response.response.transports ?? []).join(' '),
      is_synced: isSynced ? 1 : 0,
      aaguid: info.aaguid,
      rp_id: rpId,
      name: passkeyNameIn(name),
      created_at: Math.floor(clock()),
      last_used_at: null,
    }
    const named = { ...row, name: row.name || passkeyName(row) }
    await rows.add(named, by, also)
    return toPasskey(named)
  }

  async function prove(answer: unknown, at: CeremonyAt, by: ActedBy): Promise<PasskeyProof> {
    const response = assertionIn(answer)
    const found = await rows.find(Buffer.from(response.id, 'base64url'))
    const subject = found === null ? 'unknown' : `user:${formatId(found.row.user_id)}`
    const failed = async (reason: string, cause?: unknown): Promise<AuthenticationFailed> => {
      await database.append({ audit: eventBy(by, 'passkey.failed', subject, { ceremony: at.ceremony, reason }) })
      return new AuthenticationFailed('authentication_failed', refusedSentence, { cause })
    }
    const { row, user } = found ?? { row: null, user: null }
    if (row === null || user === null || row.rp_id !== rpId) throw await failed('unknown')
    if (at.userId !== null && at.userId !== user.id) throw await failed('other user')
    const { userHandle } = response.response
    if (at.userId === null && userHandle === undefined) throw await failed('no user handle')
    if (userHandle !== undefined && !equalText(userHandle, handleOf(user.id).toString('base64url'))) {
      throw await failed('other user handle')
    }
    const { verified, authenticationInfo: info } = await verify(response as AuthenticationResponseJSON, row, at).catch(
      async (error: unknown) => {
        if (error instanceof AuthError) throw error
        throw await failed('refused', error)
      },
    )
    if (!verified) throw await failed('signature')
    if ((info.credentialDeviceType === 'multiDevice') !== (row.is_synced === 1))
      throw await failed('backup eligibility')
    const detail = { ceremony: at.ceremony, userVerified: info.userVerified }
    if (!(await rows.use(row, info.newCounter, { ...by, actor: subject }, detail))) {
      const counts = { stored: row.sign_count, given: info.newCounter, policy: onSignCount, name: row.name }
      await database.append({ audit: eventBy(by, 'passkey.count_not_raised', subject, counts) })
      if (onSignCount === 'refuse') throw await failed('count')
    }
    const kind = row.is_synced === 1 ? 'swk' : 'hwk'
    return { user, passkey: formatId(row.id), amr: info.userVerified ? [kind, 'mfa'] : [kind] }
  }

  async function verify(response: AuthenticationResponseJSON, row: PasskeyRow, at: CeremonyAt) {
    const { verifyAuthenticationResponse } = await webauthn()
    return verifyAuthenticationResponse({
      response,
      ...challengeCheck(at),
      ...expected,
      // Whoever signs in with nothing else has to be known to the device; else a stolen key would be enough.
      requireUserVerification: at.ceremony === 'sign in',
      // The count is compared where it is written down, so that of two at once one is refused.
      credential: { id: response.id, publicKey: Uint8Array.from(row.public_key), counter: 0 },
    })
  }

  return {
    list: rows.list,
    rename: rows.rename,
    remove: rows.remove,
    register,
    prove,

    creation: async (user, binding, { isOnlyWayIn = false } = {}) => {
      const { generateRegistrationOptions } = await webauthn()
      return generateRegistrationOptions({
        rpName: siteName,
        rpID: rpId,
        userName: user.name,
        userDisplayName: user.name,
        userID: Uint8Array.from(handleOf(user.id)),
        challenge: Uint8Array.from(challenges.make({ ceremony: 'registration', binding, userId: user.id })),
        attestationType: 'none',
        excludeCredentials: (await rows.rowsOf(user.id)).map(descriptorOf),
        authenticatorSelection: isOnlyWayIn
          ? { residentKey: 'required', userVerification: 'required' }
          : { residentKey: 'preferred', userVerification: 'preferred' },
        supportedAlgorithmIDs: [...algorithms],
        timeout,
      })
    },

    request: async (at) => {
      const { generateAuthenticationOptions } = await webauthn()
      return generateAuthenticationOptions({
        rpID: rpId,
        challenge: Uint8Array.from(challenges.make(at)),
        allowCredentials: at.userId === null ? [] : (await rows.rowsOf(at.userId)).map(descriptorOf),
        userVerification: at.ceremony === 'sign in' ? 'required' : 'preferred',
        timeout,
      })
    },
  }
}

/** Loaded when the first passkey is asked for: it would take a quarter of the time that the server needs to start. */
const webauthn = async () => import('@simplewebauthn/server')

/** Ed25519, ES256 and RS256, as COSE numbers them: what a passkey is asked to sign with, and nothing else is taken. */
const algorithms = [-8, -7, -257] as const

/** As long as a challenge lives, in milliseconds. */
const timeout = 300_000

/** WebAuthn Level 3, section 7.1, step 25. */
const longestCredentialId = 1023

/** What its owner calls it, cut to what a list has room for. */
export function passkeyNameIn(name: string | null | undefined): string {
  const text = (name ?? '').replaceAll(/\p{C}/gu, ' ').trim()
  return Array.from(text).slice(0, 60).join('')
}

const refusedSentence = 'This passkey was not accepted. Try again, or choose another way.'

const refusedRegistration: Refuse = (cause) =>
  new RequestRefused('invalid', 'The passkey could not be added. Begin again.', {
    body: { passkey: ['The passkey could not be added. Begin again.'] },
    cause,
  })

/** Whatever is wrong with what a browser sent is the request's fault; that the database is gone is not. */
async function orRefused<Result>(refuse: Refuse, verify: () => Promise<Result>): Promise<Result> {
  try {
    return await verify()
  } catch (error) {
    throw error instanceof AuthError ? error : refuse(error)
  }
}

function descriptorOf(row: PasskeyRow) {
  return { id: Buffer.from(row.credential_id).toString('base64url'), transports: transportsOf(row) }
}
