import { html } from 'hono/html'
import type { Users } from '../../accounts/users.ts'
import { type Organisation, slugOf } from '../../organisations/organisation-values.ts'
import type { Organisations } from '../../organisations/organisations.ts'
import { moment } from '../../pages/components.ts'
import { select, textControl } from '../../pages/controls.ts'
import { badge, emptyState } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { filterForm, pager, table } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'

export interface OrganisationsListStores {
  readonly organisations: Pick<Organisations, 'list' | 'create' | 'memberCounts'>
  readonly users: Pick<Users, 'findByLogin'>
}

/** All organisations, and making one. */
export function organisationsList(stores: OrganisationsListStores): readonly Screen[] {
  return [listScreen(stores), newScreen(stores)]
}

export const organisationsPath = '/admin/organisations/'

function listScreen({ organisations }: OrganisationsListStores): Screen {
  return {
    path: 'organisations/',
    menu: { text: 'Organisations', group: 'People' },
    show: async ({ path, query }) => {
      const [search, status] = [query.get('search') ?? '', query.get('status') ?? '']
      const { organisations: page, next } = await organisations.list({
        search: search.trim(),
        ...statuses[status],
        ...askedPage(query, size),
      })
      const counts = await organisations.memberCounts(page.map(({ id }) => id))
      const isFiltered = search !== '' || status !== ''
      return {
        title: 'Organisations',
        content: html`<div class="toolbar">
            <a class="button small" href="${path}new/" id="new-organisation">New organisation</a>
          </div>
          ${filterForm({
            path,
            isFiltered,
            controls: [
              textControl({
                id: 'search',
                name: 'search',
                label: 'Name or short name begins with',
                type: 'search',
                value: search,
                maxLength: 100,
              }),
              select({ id: 'status', name: 'status', label: 'Status', value: status, choices: statusChoices }),
            ],
          })}
          ${table({
            id: 'organisations',
            caption: 'Organisations',
            columns: [
              { heading: 'Name' },
              { heading: 'Short name' },
              { heading: 'Members', isNumeric: true },
              { heading: 'Status' },
              { heading: 'Made' },
            ],
            rows: page.map((one) => [
              html`<a href="${path}${one.id}/"><bdi>${shownName(one.name, one.slug)}</bdi></a>`,
              html`<code>${one.slug}</code>`,
              counts.get(one.id) ?? 0,
              organisationBadge(one),
              moment(one.createdAt),
            ]),
            empty: isFiltered
              ? 'None matches. Shorten what you search for, or show all.'
              : emptyState({
                  what: 'One organisation is enough to start; skip this unless you serve several customers.',
                  button: { href: `${path}new/`, text: 'New organisation' },
                }),
          })}
          ${pager({ path, query, next, size })}`,
      }
    },
  }
}

/** Whether an organisation is in use. */
export function organisationBadge({ suspendedAt }: Organisation): Markup {
  return suspendedAt === null ? badge('In use', 'good') : badge('Suspended', 'bad')
}

const size = 50

const statusChoices = [
  { value: '', text: 'Any' },
  { value: 'used', text: 'In use' },
  { value: 'suspended', text: 'Suspended' },
]
const statuses: Readonly<Record<string, { readonly suspended: boolean }>> = {
  used: { suspended: false },
  suspended: { suspended: true },
}

function newScreen({ organisations, users }: OrganisationsListStores): Screen {
  return {
    path: 'organisations/new/',
    show: async (visit) => page(visit, { name: '', slug: '', owner: visit.user.name }),
    actions: {
      create: {
        isOnce: true,
        run: async (visit) => {
          const typed = { name: visit.text('name'), slug: visit.text('slug'), owner: visit.text('owner') }
          const owner = await users.findByLogin(typed.owner)
          if (owner === null) return page(visit, typed, { owner: 'Give the username or e-mail address of a user.' })
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
