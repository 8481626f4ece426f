import { html } from 'hono/html'
import type { Organisation } from '../../organisations/organisation-values.ts'
import type { Organisations } from '../../organisations/organisations.ts'
import { moment } from '../../pages/components.ts'
import { select, textControl } from '../../pages/controls.ts'
import { badge, emptyState } from '../../pages/facts.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { filterForm, pager, table } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import type { Screen } from '../../screens/screen.ts'
import { sought } from '../../screens/sought.ts'

export interface OrganisationsListStores {
  readonly organisations: Pick<Organisations, 'list' | 'memberCounts'>
}

/** All organisations. */
export function organisationsList({ organisations }: OrganisationsListStores): Screen {
  return {
    path: 'organisations/',
    menu: { text: 'Organisations', group: 'People' },
    show: async ({ path, query }) => {
      const [search, status] = [sought(query, 'search'), sought(query, 'status')]
      const { organisations: page, next } = await organisations.list({
        search,
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

export const organisationsPath = '/admin/organisations/'

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
