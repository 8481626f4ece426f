import { html } from 'hono/html'
import { meantUser, nobodyMeant } from '../../accounts/meant-user.ts'
import type { Users } from '../../accounts/users.ts'
import { slugOf } from '../../organisations/organisation-values.ts'
import type { Organisations } from '../../organisations/organisations.ts'
import { textControl } from '../../pages/controls.ts'
import { postForm } from '../../pages/forms.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { organisationsPath } from './organisations-list.ts'

export interface OrganisationNewStores {
  readonly organisations: Pick<Organisations, 'create'>
  readonly users: Pick<Users, 'findByLogin'>
}

/** A new organisation, with its owner. */
export function organisationNew({ organisations, users }: OrganisationNewStores): Screen {
  return {
    path: 'organisations/new/',
    show: async (visit) => page(visit, { name: '', slug: '', owner: visit.user.name }),
    actions: {
      create: {
        isOnce: true,
        run: async (visit) => {
          const typed = { name: visit.text('name'), slug: visit.text('slug'), owner: visit.text('owner') }
          const owner = await meantUser(users, typed.owner)
          if (owner === null) return page(visit, typed, { owner: nobodyMeant })
          const slug = typed.slug === '' ? (slugOf(typed.name) ?? '') : typed.slug
          try {
            const made = await organisations.create({ name: typed.name, slug, ownerId: owner.id }, visit.by)
            const said = 'The organisation is made. Set its limits next: it may give nothing yet.'
            return leave(`${organisationsPath}${made.id}/settings/`, said)
          } catch (error) {
            return page(visit, typed, faultsOf(error))
          }
        },
      },
    },
  }
}

interface Typed {
  readonly name: string
  readonly slug: string
  readonly owner: string
}

function page(visit: Visit, typed: Typed, faults: Faults = {}): View {
  return {
    title: 'New organisation',
    crumbs: [{ href: organisationsPath, text: 'Organisations' }],
    problems: problemsOf(faults, { main: 'slug' }),
    content: postForm({
      to: visit.path,
      proof: visit.onceForm,
      action: 'create',
      button: 'Make the organisation',
      cancel: organisationsPath,
      content: html`${textControl({
        id: 'name',
        name: 'name',
        label: 'Name',
        required: true,
        maxLength: 100,
        value: typed.name,
        wrong: faults['name'],
      })}
      ${textControl({
        id: 'slug',
        name: 'slug',
        label: 'Short name',
        maxLength: 50,
        value: typed.slug,
        wrong: faults['slug'] ?? faults['main'],
        hint: 'As addresses and rules have it, such as acme. Empty: made of the name.',
      })}
      ${textControl({
        id: 'owner',
        name: 'owner',
        label: 'Owner',
        required: true,
        maxLength: 254,
        value: typed.owner,
        wrong: faults['owner'],
        hint: 'The username or e-mail address of a user.',
      })}`,
    }),
  }
}
