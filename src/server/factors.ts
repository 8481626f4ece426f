import type { Notify } from '../accounts/notices.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Sealer } from '../crypto/seal.ts'
import { type AuthenticatorApps, createAuthenticatorApps } from '../factors/authenticator-apps.ts'
import { createChallenges } from '../factors/challenges.ts'
import { createFactorChanges, type FactorChanges, type FactorChangesOptions } from '../factors/factor-changes.ts'
import { createPasskeys, type Passkeys } from '../factors/passkeys.ts'
import { createRecoveryCodes, type RecoveryCodes } from '../factors/recovery-codes.ts'
import { createSecondFactors, type SecondFactors } from '../factors/second-factors.ts'
import { createTrustedBrowsers, type TrustedBrowsers } from '../factors/trusted-browsers.ts'
import type { OAuthServerOptions } from '../oauth/server-options.ts'
import { createConsumed } from '../storage/consumed.ts'
import type { Database } from '../storage/database.ts'
import { createGuessingGuard } from '../throttling/guessing.ts'
import type { Counters } from '../throttling/counters.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { keptSecret } from '../tokens/kept-secret.ts'
import { isSecure } from './addresses.ts'
import { ownPerAddress } from './guessing-guard.ts'
import type { OwnLimits } from './own-limits.ts'
import type { Settings } from './settings.ts'
import { createByProvider } from './other-ways-in.ts'
import { relyingPartyOf } from './relying-party.ts'

/** What people have beside a password. */
export interface FactorStores {
  readonly second: SecondFactors
  readonly apps: AuthenticatorApps
  readonly codes: RecoveryCodes
  readonly passkeys: Passkeys
  readonly changes: FactorChanges
  /** `null` where no browser is trusted. */
  readonly trusted: TrustedBrowsers | null
}

interface FactorParts {
  readonly settings: Settings
  readonly database: Database
  readonly sealer: Sealer
  readonly counters: Counters
  readonly format: TokenFormat
  readonly notify?: Notify | undefined
  /** See `mayRemoveFactor` of `openInstance`. */
  readonly mayRemove?: MayRemoveFactor | undefined
  readonly clock: () => number
  readonly ownLimits: OwnLimits
}

export async function createFactorStores(parts: FactorParts): Promise<FactorStores> {
  const { settings, database, sealer, counters, format, notify, clock, ownLimits } = parts
  const { rpId, origins } = relyingPartyOf(settings)
  const secret = async (name: string) => keptSecret({ database, sealer, name, clock })
  const { siteName } = settings
  // Without a name of its own, the address tells people more.
  const issuer = siteName === 'Doorward' && rpId !== 'localhost' ? rpId : siteName
  const apps = createAuthenticatorApps({ database, sealer, clock, issuer })
  const codes = createRecoveryCodes({ database, clock, key: await secret('recovery-codes') })
  const passkeys = createPasskeys({
    database,
    clock,
    rpId,
    siteName,
    origins,
    onSignCount: settings.passkeySignCount,
    handleKey: await secret('passkey-handles'),
    challenges: createChallenges({
      keys: sealer.deriveEach('passkey challenges'),
      consumed: createConsumed({ database, clock }),
      clock,
    }),
  })
  const second = createSecondFactors({
    database,
    apps,
    codes,
    policy: settings.secondFactor,
    // Whoever guesses here knows the password already, so fewer are let through than there, and that is no setting.
    guard: createGuessingGuard({
      counters,
      clock,
      perAccountAndAddress: '10/15m',
      perAccount: '50/day',
      perAddress: settings.guessesPerAddress ?? false,
      ownPerAddress: ownPerAddress(ownLimits, clock),
    }),
    onRecoveryCodeUsed: async (userId, by) =>
      database.write(async (unit) => notify?.(unit, userId, 'recovery_code_used', by)),
  })
  const secure = isSecure(settings)
  const lifetime = settings.trustedBrowserLifetime
  return {
    second,
    apps,
    codes,
    passkeys,
    changes: createFactorChanges({
      database,
      apps,
      passkeys,
      codes,
      factors: second,
      notify,
      clock,
      // Where no mail is sent, nobody could.
      needsVerifiedEmail: settings.smtpUrl !== null,
      otherWayIn: createByProvider(settings),
      mayRemove: async (user, factor) => {
        if (settings.secondFactorRemoval === 'administrators') throw new RequestRefused('conflict', askAnAdministrator)
        await parts.mayRemove?.(user, factor)
      },
    }),
    trusted: lifetime === null ? null : createTrustedBrowsers({ database, format, lifetime, secure, clock }),
  }
}

/** Refuses, by throwing, to let a user take a factor away: a `RequestRefused('conflict', …)` is shown where they tried. */
export type MayRemoveFactor = NonNullable<FactorChangesOptions['mayRemove']>

const askAnAdministrator = 'Here only an administrator takes second factors and passkeys away. Ask one.'

/** By what somebody who is signed in reaches a class of `acr` of the authorization server. */
export function stepUpBy({ waysOf }: Pick<SecondFactors, 'waysOf'>): NonNullable<OAuthServerOptions['stepUp']> {
  return async (userId, classes) => {
    const ways = (await waysOf(userId)).filter((way) => way !== 'recovery_code')
    if (classes.includes('urn:doorward:acr:mfa') && ways.length > 0) return 'second_factor'
    return classes.includes('phr') && ways.includes('passkey') ? 'passkey' : null
  }
}
