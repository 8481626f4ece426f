import type { Clients } from '../oauth/clients.ts'
import type { ClientLogos } from '../oauth/logos/client-logos.ts'
import { mostPictureBytes, mostPixels } from '../oauth/logos/checked-picture.ts'
import { logoForm } from '../pages/logo-form.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../screens/screen.ts'
import { appFrame } from './app-frame.ts'
import { ownApp } from './own-app.ts'

export interface AppLogoOptions {
  readonly clients: Pick<Clients, 'find'>
  readonly logos: ClientLogos
}

/** The picture that people see where they are asked whether they allow one's application. */
export function appLogo({ clients, logos }: AppLogoOptions): Screen {
  async function show(visit: Visit, faults: Faults = {}): Promise<View> {
    const client = await ownApp(clients, visit)
    return {
      ...appFrame(client),
      problems: problemsOf(faults, { logo: 'logo', main: 'logo' }),
      content: logoForm({
        to: visit.path,
        proof: visit.form,
        path: await logos.pathFor(client.id),
        wrong: faults['logo'],
        most: { bytes: mostPictureBytes, pixels: mostPixels },
        ...(client.source === 'manual' ? { note: 'With another one, the app has to be reviewed again.' } : {}),
      }),
    }
  }

  return {
    path: 'apps/:id/logo/',
    upload: { limit: 2 * mostPictureBytes, files: 'base64' },
    // What was sent is too long to wait for a proof, so that it is asked for before.
    isSensitive: true,
    show: async (visit) => show(visit),
    actions: {
      'put-logo': {
        run: async (visit) => {
          const { id } = await ownApp(clients, visit)
          try {
            await logos.put(id, visit.text('logo'), { by: visit.by, owner: visit.user.id })
          } catch (error) {
            return show(visit, faultsOf(error))
          }
          return leave(visit.path, 'The picture is uploaded.')
        },
      },
      'remove-logo': {
        run: async (visit) => {
          const { id } = await ownApp(clients, visit)
          await logos.remove(id, { by: visit.by, owner: visit.user.id })
          return leave(visit.path, 'The picture is removed.')
        },
      },
    },
  }
}
