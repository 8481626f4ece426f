import { logoForm, type LogoFormOptions } from '../pages/logo-form.ts'
import type { By } from '../tokens/owner.ts'
import { type Faults, faultsOf, problemsOf } from './faults.ts'
import { leave, type Screen, type View, type Visit } from './screen.ts'

/** Whoever changes a picture; with `owner`, only as long as the application is theirs. */
type Action = { readonly by: By; readonly owner?: string }

export interface LogoScreenOptions<Client extends { readonly id: string }> {
  readonly path: string
  /** The application of a visit. Throws `RequestRefused` (`not_found`). */
  readonly find: (visit: Visit) => Promise<Client>
  readonly frame: (client: Client) => Pick<View, 'title' | 'crumbs' | 'tabs'>
  readonly logos: {
    readonly pathFor: (id: string) => Promise<string | null>
    readonly put: (id: string, data: string, action: Action) => Promise<unknown>
    readonly remove: (id: string, action: Action) => Promise<unknown>
  }
  readonly most: LogoFormOptions['most']
  readonly actionOf: (visit: Visit) => Action
  /** What comes of another picture (nothing). */
  readonly note?: (client: Client) => string | undefined
}

/** The picture that people see where they are asked whether they allow an application. */
export function logoScreen<Client extends { readonly id: string }>(options: LogoScreenOptions<Client>): Screen {
  const { path, find, frame, logos, most, actionOf } = options

  async function show(visit: Visit, faults: Faults = {}): Promise<View> {
    const client = await find(visit)
    const note = options.note?.(client)
    return {
      ...frame(client),
      problems: problemsOf(faults, { logo: 'logo', main: 'logo' }),
      content: logoForm({
        to: visit.path,
        proof: visit.form,
        path: await logos.pathFor(client.id),
        wrong: faults['logo'],
        most,
        ...(note === undefined ? {} : { note }),
      }),
    }
  }

  return {
    path,
    upload: { limit: 2 * most.bytes, files: 'base64' },
    // What was sent is too long to wait for a proof, so that it is asked for before.
    isSensitive: true,
    show: async (visit) => show(visit),
    actions: {
      'put-logo': {
        run: async (visit) => {
          const { id } = await find(visit)
          try {
            await logos.put(id, visit.text('logo'), actionOf(visit))
          } catch (error) {
            return show(visit, faultsOf(error))
          }
          return leave(visit.path, 'The picture is uploaded.')
        },
      },
      'remove-logo': {
        run: async (visit) => {
          await logos.remove((await find(visit)).id, actionOf(visit))
          return leave(visit.path, 'The picture is removed.')
        },
      },
    },
  }
}
