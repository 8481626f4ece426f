import { RequestRefused } from '../../core/errors.ts'
import type { ClientRecord } from '../../oauth/client-record.ts'
import type { Clients } from '../../oauth/clients.ts'
import { shownName } from '../../pages/shown-name.ts'
import type { View, Visit } from '../../screens/screen.ts'
import { pathSegment } from '../../screens/path-segment.ts'

/** The client of a page below `applications/:id/`. Throws `RequestRefused` (`not_found`). */
export async function applicationOf(
  { params }: Pick<Visit, 'params'>,
  clients: Pick<Clients, 'find'>,
): Promise<ClientRecord> {
  const client = await clients.find(params['id'] ?? '')
  if (client === null) throw new RequestRefused('not_found', 'There is no such application. It may have been deleted.')
  return client
}

/** What the pages of one client have in common: the name, the way back, and the tabs. */
export function applicationFrame({
  id,
  name,
}: Pick<ClientRecord, 'id' | 'name'>): Pick<View, 'title' | 'crumbs' | 'tabs'> {
  const place = applicationPath(id)
  return {
    title: shownName(name, id),
    crumbs: [{ href: '/admin/applications/', text: 'Applications' }],
    tabs: [
      { href: place, text: 'Settings' },
      { href: `${place}review/`, text: 'Review' },
      { href: `${place}logo/`, text: 'Logo' },
      { href: `${place}credentials/`, text: 'Credentials' },
      { href: `${place}scopes/`, text: 'Scopes' },
      { href: `${place}tokens/`, text: 'Tokens' },
      { href: `${place}grants/`, text: 'Grants' },
      { href: `${place}test/`, text: 'Test' },
      { href: `${place}preview/`, text: 'Preview' },
      { href: `${place}history/`, text: 'History' },
      { href: `${place}danger/`, text: 'Danger zone' },
    ],
  }
}

export function applicationPath(id: string): string {
  return `/admin/applications/${pathSegment(id)}/`
}
