import type { Clients } from '../oauth/clients.ts'
import { mostOfPictures } from '../oauth/logos/checked-picture.ts'
import type { ClientLogos } from '../oauth/logos/client-logos.ts'
import { logoScreen } from '../screens/logo-screen.ts'
import type { Screen } from '../screens/screen.ts'
import { appFrame } from './app-frame.ts'
import { ownApp } from './own-app.ts'

export interface AppLogoOptions {
  readonly clients: Pick<Clients, 'find'>
  readonly logos: ClientLogos
}

/** The picture of one's application. */
export function appLogo({ clients, logos }: AppLogoOptions): Screen {
  return logoScreen({
    path: 'apps/:id/logo/',
    find: async (visit) => ownApp(clients, visit),
    frame: appFrame,
    logos,
    most: mostOfPictures,
    actionOf: ({ by, user }) => ({ by, owner: user.id }),
    note: ({ source }) => (source === 'manual' ? 'With another one, the app has to be reviewed again.' : undefined),
  })
}
