import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { AuthenticationFailed, AuthError } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import { equalText } from '../crypto/compare.ts'
import { formatId } from '../storage/id.ts'
import type { PasskeyRow } from '../storage/schema.ts'
import type { Ceremony, ChallengeFor } from './challenges.ts'
import { type CeremonyTools, descriptorOf, expectedOf, timeout, webauthn } from './passkey-ceremony.ts'
import { assertionIn } from './passkey-answers.ts'

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

/** How passkeys are proved: WebAuthn Level 3, section 7.2. */
export interface PasskeyProving {
  /**
   * What the browser is to be asked for a proof. To sign in, it is the same for everybody: nobody is named, and so nothing tells
   * which accounts there are.
   */
  readonly request: (at: CeremonyAt) => Promise<PublicKeyCredentialRequestOptionsJSON>
  /** Takes the browser's answer. Throws `invalid` for what is malformed, and `authentication_failed` for whatever is wrong with it, alike. */
  readonly prove: (answer: unknown, at: CeremonyAt, by: ActedBy) => Promise<PasskeyProof>
}

export interface PasskeyProvingOptions extends CeremonyTools {
  /** What is done where a passkey's count of signatures did not go up. */
  readonly onSignCount: 'refuse' | 'flag'
}

export function createPasskeyProving(tools: PasskeyProvingOptions): PasskeyProving {
  const { database, rows, challenges, rpId, onSignCount, handleOf } = tools

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
      ...expectedOf(tools, at),
      // Whoever signs in with nothing else has to be known to the device; else a stolen key would be enough.
      requireUserVerification: at.ceremony === 'sign in',
      // The count is compared where it is written down, so that of two at once one is refused.
      credential: { id: response.id, publicKey: Uint8Array.from(row.public_key), counter: 0 },
    })
  }

  return {
    prove,

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

const refusedSentence = 'This passkey was not accepted. Try again, or choose another way.'
