import type { OnSignInsEnded } from '../accounts/ended-sign-in.ts'
import type { SafeFetch } from '../http/safe-fetch.ts'
import { type AppReviews, createAppReviews } from '../oauth/app-reviews.ts'
import type { OAuthServer } from '../oauth/server.ts'
import type { Social } from '../social/social.ts'
import { type AccountStores, createAccountStores } from './account-stores.ts'
import { baseUrlOf } from './addresses.ts'
import type { MayRemoveFactor } from './factors.ts'
import { type Foundation, type FoundationOptions, openFoundation } from './foundation.ts'
import { createLists, type Lists } from './lists.ts'
import { refuseWithoutMail } from './mail-services.ts'
import { openOAuth } from './oauth-instance.ts'
import type { OAuthExtensions } from './oauth-server-options.ts'
import type { Settings } from './settings.ts'
import { openSocial } from './social-instance.ts'
import { createTokenStores, type TokenStores } from './token-stores.ts'

/** Everything that a running Doorward has, made from its settings. */
export interface Instance extends Foundation, AccountStores, TokenStores {
  readonly oauth: OAuthServer
  readonly appReviews: AppReviews
  readonly social: Social
  /** What administrators read page by page. */
  readonly lists: Lists
  /** Writes what is still to be written, and lets go of everything. */
  readonly close: () => Promise<void>
}

export interface InstanceOptions extends FoundationOptions, OAuthExtensions {
  /** How providers that people sign in with are asked (https only, and the addresses of the settings). */
  readonly providerFetch?: SafeFetch
  /** Refuses, by throwing, to let a user take away a second factor or a passkey of theirs: `'totp'`, `'passkey'` (they may). */
  readonly mayRemoveFactor?: MayRemoveFactor
}

/** Opens the database, brings its schema up to date, and makes the stores. It does not listen. */
export async function openInstance(settings: Settings, options: InstanceOptions = {}): Promise<Instance> {
  refuseWithoutMail(settings)
  const { foundation, inRedis, close: closeFoundation } = await openFoundation(settings, options)
  const { log } = foundation
  // The authorization server is made further below, of what is made here.
  const onEnded: OnSignInsEnded = async (...ended) => oauth.logout.signInsEnded(...ended)
  const onError = (error: unknown): void =>
    log.warn({ err: error }, 'last uses could not be written; they are tried again')
  const { mayRemoveFactor } = options
  const accounts = await createAccountStores(foundation, { onEnded, onError, mayRemoveFactor })
  const tokens = await createTokenStores(settings, { ...foundation, onEnded, onError, fetch: options.fetch })
  const oauth = await openOAuth(foundation, accounts, tokens, options)
  const { mail, orgs, sessions, passwords } = accounts
  const social = openSocial(
    { ...foundation, ...accounts, ...tokens, notify: mail.notify, organisations: orgs },
    { fetch: options.providerFetch },
  )

  return {
    ...foundation,
    ...accounts,
    ...tokens,
    oauth,
    appReviews: createAppReviews({
      ...foundation,
      clients: oauth.clients,
      outbox: mail.outbox,
      baseUrl: baseUrlOf(settings),
    }),
    social,
    lists: createLists(foundation, settings, { inRedis, inMemory: foundation.failureCounters, log }),
    close: async () => {
      const { signingKeys, apiTokens, apiKeys, keyUsage, keySetReaders, workloadTrusts } = tokens
      await Promise.all([
        oauth.close(),
        mail.close(),
        sessions.close(),
        passwords.close(),
        apiTokens.close(),
        apiKeys.close(),
        keyUsage.close(),
        keySetReaders.close(),
        workloadTrusts.close(),
      ])
      await signingKeys.close()
      await closeFoundation()
    },
  }
}
