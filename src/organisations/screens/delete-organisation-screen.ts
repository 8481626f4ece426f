import { confirmation } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { Organisations } from '../organisations.ts'
import { byIn, type Entered, enterFor, organisationCrumbs, type Place } from './place.ts'
import { stopsOf } from './stops-of.ts'

export interface DeleteOrganisationScreenStores {
  readonly organisations: Pick<Organisations, 'delete' | 'counts'>
}

/** Deleting an organisation, after its short name was typed. */
export function deleteOrganisationScreen(place: Place, { organisations }: DeleteOrganisationScreenStores): Screen {
  const allowed = async (visit: Visit): Promise<Entered> => enterFor(place, visit, 'organisation.delete')

  async function page(visit: Visit, entered: Entered, wrong?: string): Promise<View> {
    const { organisation, base } = entered
    return {
      title: `Delete ${shownName(organisation.name, organisation.slug)}?`,
      crumbs: organisationCrumbs(entered, 'settings/', 'Settings'),
      problems: wrong === undefined ? [] : [{ field: 'typed', message: wrong }],
      content: confirmation({
        to: visit.path,
        proof: visit.form,
        action: 'delete',
        button: 'Delete the organisation',
        what: 'It is gone for good, with all that belongs to it. The accounts of its members stay.',
        stops: stopsOf(await organisations.counts(organisation.id)),
        typed: { text: organisation.slug, wrong },
        cancel: `${base}settings/`,
      }),
    }
  }

  return {
    path: `${place.path}delete/`,
    isSensitive: true,
    show: async (visit) => page(visit, await allowed(visit)),
    actions: {
      delete: {
        run: async (visit) => {
          const entered = await allowed(visit)
          if (visit.text('typed') !== entered.organisation.slug) {
            return page(visit, entered, 'Type the short name as it stands on this page.')
          }
          await organisations.delete(entered.organisation.id, byIn(visit, entered))
          return leave(entered.list.href, `${entered.organisation.name} is deleted.`)
        },
      },
    },
  }
}
