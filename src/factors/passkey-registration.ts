import type { PublicKeyCredentialCreationOptionsJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { ActedBy } from '../accounts/acted-by.ts'
import { AuthError, RequestRefused } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import { parseId } from '../storage/id.ts'
import type { PasskeyRow } from '../storage/schema.ts'
import { type CeremonyTools, descriptorOf, expectedOf, timeout, webauthn } from './passkey-ceremony.ts'
import { attestationIn, type Refuse } from './passkey-answers.ts'
import { type AddedBeside, type Passkey, passkeyName, passkeyNameIn, toPasskey } from './passkey-rows.ts'

export interface NewPasskey extends AddedBeside {
  readonly user: User
  readonly binding: string
  /** What the browser gave. */
  readonly answer: unknown
  /** Whether its device has to have asked who it is, as for one that is the only way in (false). */
  readonly isOnlyWayIn?: boolean
  /** What its owner calls it (by its maker, or its kind). */
  readonly name?: string | null
  readonly by: ActedBy
}

/** How passkeys are made: WebAuthn Level 3, section 7.1. */
export interface PasskeyRegistration {
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
}

export interface PasskeyRegistrationOptions extends CeremonyTools {
  /** What the site is called where passkeys are kept. */
  readonly siteName: string
}

export function createPasskeyRegistration(tools: PasskeyRegistrationOptions): PasskeyRegistration {
  const { database, rows, challenges, rpId, siteName, handleOf, clock } = tools

  async function register({
    user,
    binding,
    answer,
    isOnlyWayIn = false,
    name,
    by,
    before,
    also,
  }: NewPasskey): Promise<Passkey> {
    const response = attestationIn(answer)
    const purpose = { ceremony: 'registration', binding, userId: user.id } as const
    const { verifyRegistrationResponse } = await webauthn()
    const { registrationInfo: info } = await orRefused(refusedRegistration, async () =>
      verifyRegistrationResponse({
        response: response as RegistrationResponseJSON,
        ...expectedOf(tools, purpose),
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
    await rows.add(named, by, { before, also })
    return toPasskey(named, rpId)
  }

  return {
    register,

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
  }
}

/** Ed25519, ES256 and RS256, as COSE numbers them: what a passkey is asked to sign with, and nothing else is taken. */
const algorithms = [-8, -7, -257] as const

/** WebAuthn Level 3, section 7.1, step 25. */
const longestCredentialId = 1023

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
