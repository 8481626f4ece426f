import type { Clients } from '../../oauth/clients.ts'
import type { ClientLogos } from '../../oauth/logos/client-logos.ts'
import { mostPictureBytes, mostPixels } from '../../oauth/logos/checked-picture.ts'
import { logoForm } from '../../pages/logo-form.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { applicationFrame, applicationOf } from './application-frame.ts'

/** The picture that people see where they are asked whether they allow a client. */
export function applicationLogo({
  clients,
  logos,
}: {
  readonly clients: Pick<Clients, 'find'>
  readonly logos: ClientLogos
}): Screen {
  async function show(visit: Visit, faults: Faults = {}): Promise<View> {
    const client = await applicationOf(visit, clients)
    return {
      ...applicationFrame(client),
      problems: problemsOf(faults, { logo: 'logo', main: 'logo' }),
      content: logoForm({
        to: visit.path,
        proof: visit.form,
        path: await logos.pathFor(client.id),
        wrong: faults['logo'],
        most: { bytes: mostPictureBytes, pixels: mostPixels },
      }),
    }
  }

  return {
    path: 'applications/:id/logo/',
    upload: { limit: 2 * mostPictureBytes, files: 'base64' },
    isSensitive: true,
    show: async (visit) => show(visit),
    actions: {
      'put-logo': {
        run: async (visit) => {
          const { id } = await applicationOf(visit, clients)
          try {
            await logos.put(id, visit.text('logo'), { by: visit.by })
          } catch (error) {
            return show(visit, faultsOf(error))
          }
          return leave(visit.path, 'The picture is uploaded.')
        },
      },
      'remove-logo': {
        run: async (visit) => {
          const { id } = await applicationOf(visit, clients)
          await logos.remove(id, { by: visit.by })
          return leave(visit.path, 'The picture is removed.')
        },
      },
    },
  }
}
