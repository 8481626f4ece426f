import type { Clients } from '../../oauth/clients.ts'
import { mostOfPictures } from '../../oauth/logos/checked-picture.ts'
import type { ClientLogos } from '../../oauth/logos/client-logos.ts'
import { logoScreen } from '../../screens/logo-screen.ts'
import type { Screen } from '../../screens/screen.ts'
import { applicationFrame, applicationOf } from './application-frame.ts'

/** The picture of a client. */
export function applicationLogo({
  clients,
  logos,
}: {
  readonly clients: Pick<Clients, 'find'>
  readonly logos: ClientLogos
}): Screen {
  return logoScreen({
    path: 'applications/:id/logo/',
    find: async (visit) => applicationOf(visit, clients),
    frame: applicationFrame,
    logos,
    most: mostOfPictures,
    actionOf: ({ by }) => ({ by }),
  })
}
