import { html } from 'hono/html'
import { moment } from '../pages/components.ts'
import { badge, emptyState } from '../pages/facts.ts'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'
import { table } from '../pages/table.ts'
import type { Screen, Visit } from '../screens/screen.ts'
import type { OwnKeys } from './own-keys.ts'

export interface ServiceAccountListOptions {
  readonly ownKeys: Pick<OwnKeys, 'accounts'>
  /** Whether whoever looks may make one of their own. */
  readonly isAllowed: (visit: Visit) => Promise<boolean>
  /** The organisations that they are in and may look at the service accounts of, their default first. */
  readonly organisationsOf: (visit: Visit) => Promise<readonly OrganisationLink[]>
}

/** An organisation, and where its service accounts are. */
export interface OrganisationLink {
  readonly name: string
  readonly slug: string
  readonly isDefault: boolean
  readonly mayAdd: boolean
  readonly href: string
}

/** The service accounts that one answers for, and the way to those of one's organisations. */
export function serviceAccountList(options: ServiceAccountListOptions): Screen {
  const { ownKeys, isAllowed, organisationsOf } = options
  return {
    path: 'service-accounts/',
    menu: { text: 'Service accounts' },
    show: async (visit) => {
      const [all, may, organisations] = await Promise.all([
        ownKeys.accounts(visit),
        isAllowed(visit),
        organisationsOf(visit),
      ])
      return {
        title: 'Service accounts',
        content: html`${
          all.length > 0 && may
            ? html`<div class="toolbar">
                <p class="quiet">${what}</p>
                <a class="button small" href="${visit.path}new/" id="new-account">New service account</a>
              </div>`
            : ''
        }
        ${table({
          id: 'service-accounts',
          caption: 'Service accounts',
          empty: may
            ? emptyState({ what, button: { href: `${visit.path}new/`, text: 'New service account' } })
            : emptyState({
                what: `${what} To make one you need the permission service_accounts.add; ask whoever runs this site.`,
              }),
          columns: [{ heading: 'Name' }, { heading: 'May' }, { heading: 'Status' }, { heading: 'Made' }],
          rows: all.map((account) => [
            html`<a href="${visit.path}${account.id}/"><bdi>${account.name}</bdi></a>`,
            account.scopes.length === 0 ? 'nothing that asks for a scope' : account.scopes.join(', '),
            stateOf(account.isActive),
            moment(account.createdAt),
          ]),
        })}
        ${ofOrganisations(organisations)}`,
      }
    },
  }
}

/** Which is better when. */
const what =
  'A service account is a program under its own name: it goes on when you leave. A key of your own is better for what only you use.'

/** Whether a service account is on, in a word. */
export function stateOf(isActive: boolean): Markup {
  return isActive ? badge('on', 'good') : badge('off', 'note')
}

/** The way to the service accounts of one's organisations; nothing where there are none. */
function ofOrganisations(organisations: readonly OrganisationLink[]): Markup | '' {
  if (organisations.length === 0) return ''
  return table({
    id: 'of-organisations',
    caption: 'Of your organisations',
    isCaptionShown: true,
    empty: '',
    columns: [{ heading: 'Organisation' }, { heading: 'Service accounts' }],
    rows: organisations.map(({ name, slug, isDefault, mayAdd, href }) => [
      html`<bdi>${shownName(name, slug)}</bdi> ${isDefault ? badge('default', 'good') : ''}`,
      html`<a href="${href}">See them</a>${mayAdd ? html` · <a href="${href}new/">Make one</a>` : ''}`,
    ]),
  })
}
