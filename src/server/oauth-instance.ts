import { createOAuthServer, type OAuthServer } from '../oauth/server.ts'
import { keptSecret } from '../tokens/kept-secret.ts'
import type { AccountStores } from './account-stores.ts'
import { isSecure } from './addresses.ts'
import { stepUpBy } from './factors.ts'
import type { Foundation } from './foundation.ts'
import { findHoldOf } from './held-session-of.ts'
import { type OAuthExtensions, oauthServerOptions } from './oauth-server-options.ts'
import type { TokenStores } from './token-stores.ts'

/** The authorization server, which asks the stores of accounts who somebody is. */
export async function openOAuth(
  { settings, log, clock, database, revocations, format, sealer, hasher, counters }: Foundation,
  { sessions, csrf, passwords, factors, byMail }: AccountStores,
  { signingKeys }: TokenStores,
  extensions: OAuthExtensions,
): Promise<OAuthServer> {
  const { second } = factors
  return createOAuthServer(
    oauthServerOptions(settings, extensions, {
      log,
      clock,
      database,
      revocations,
      format,
      sealer,
      hasher,
      counters,
      sessions,
      csrf,
      secure: isSecure(settings),
      keys: signingKeys,
      pairwiseKey: await keptSecret({ database, sealer, name: 'pairwise-subjects', clock }),
      passwords: { verify: passwords.verifyFirst },
      // What a client hands over is a password alone: whoever has to do more is not let in by it.
      needsSecondFactor: async (user) => (await second.isNeeded(user)) || (await byMail.forced.isDue(user)),
      stepUp: stepUpBy(second),
      held: findHoldOf({ factors, byMail }),
    }),
  )
}
