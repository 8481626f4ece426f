import type { Sealer } from '../crypto/seal.ts'
import type { ForeignIdentity, ForeignTokens } from './foreign-identity.ts'
import type { ProviderSettings } from './provider-settings.ts'

/** The tokens that providers gave, as far as they are kept, and never as a text that could be read in the database. */
export interface SealedTokens {
  /** What is kept of somebody who comes from a provider: all of it, the ID token alone, or nothing, as its settings say. */
  readonly keep: (identity: Pick<ForeignIdentity, 'provider' | 'tokens'>) => Uint8Array | null
  readonly open: (sealed: Uint8Array | null) => ForeignTokens | null
}

export function createSealedTokens({
  sealer,
  providers,
}: {
  readonly sealer: Pick<Sealer, 'seal' | 'open'>
  readonly providers: readonly ProviderSettings[]
}): SealedTokens {
  const settingsOf = new Map(providers.map((provider) => [provider.id, provider]))
  return {
    keep: ({ provider, tokens }) => {
      const settings = settingsOf.get(provider)
      const kept = settings?.storeTokens === true ? tokens : settings?.signOut === true ? onlyIdToken(tokens) : null
      return kept === null ? null : sealer.seal(purpose, Buffer.from(JSON.stringify(kept)))
    },
    open: (sealed) => {
      const plain = sealed === null ? null : sealer.open(purpose, sealed)
      return plain === null ? null : (JSON.parse(Buffer.from(plain).toString('utf8')) as ForeignTokens)
    },
  }
}

const purpose = 'provider tokens'

/** With the provider's tokens not kept, only what signing out there needs. */
function onlyIdToken({ idToken }: ForeignTokens): ForeignTokens {
  return { accessToken: '', refreshToken: null, idToken, expiresAt: null, scope: null }
}
