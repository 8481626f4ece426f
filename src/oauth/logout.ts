import type { OnSignInsEnded } from '../accounts/ended-sign-in.ts'
import type { Database } from '../storage/database.ts'
import { logoutEndpoint, type LogoutEndpointOptions } from './endpoints/logout.ts'
import { createFrontChannel, type FrontChannel, type FrontChannelOptions } from './front-channel.ts'
import { createLogoutNotices, type LogoutNoticesOptions } from './logout-notices.ts'
import { createSignedInApps, type SignedInApps } from './signed-in-apps.ts'
import { createLogoutSender, type LogoutSenderOptions } from './logout-sender.ts'

export type LogoutOptions = Omit<LogoutEndpointOptions, 'database' | 'frontChannel' | 'appsOf'> &
  Omit<LogoutNoticesOptions, 'onAdded'> &
  Omit<LogoutSenderOptions, 'notices' | 'newId'> &
  FrontChannelOptions & { readonly database: Database }

/** What happens where a sign-in ends: to what it was used for here, and in the applications. */
export interface Logout {
  readonly endpoints: ReturnType<typeof logoutEndpoint>
  /** To be called in the unit that ends sign-ins. */
  readonly signInsEnded: OnSignInsEnded
  /** The pages to frame where a person signs out by a page of ours. */
  readonly frontChannel: FrontChannel
  /** What a sign-in was used for, to be asked before it ends. */
  readonly appsOf: SignedInApps
  /** Tells clients what they have to be told now: it happens by itself, soon. */
  readonly deliver: () => Promise<void>
  readonly close: () => Promise<void>
}

export function createLogout(options: LogoutOptions): Logout {
  const notices = createLogoutNotices({ ...options, onAdded: () => sender.soon() })
  const sender = createLogoutSender({ ...options, newId: options.database.newId, notices })
  const frontChannel = createFrontChannel(options)
  const appsOf = createSignedInApps(options)
  return {
    endpoints: logoutEndpoint({ ...options, frontChannel, appsOf }),
    signInsEnded: notices.signInsEnded,
    frontChannel,
    appsOf,
    deliver: sender.deliver,
    close: sender.close,
  }
}
