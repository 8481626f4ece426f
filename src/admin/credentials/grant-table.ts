import { html } from 'hono/html'
import type { GrantRecord } from '../../oauth/grant-list.ts'
import { moment } from '../../pages/components.ts'
import { badge, momentOr } from '../../pages/facts.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { table } from '../../pages/table.ts'
import { pathSegment } from '../../screens/path-segment.ts'

export interface GrantTableOptions {
  readonly empty: string
  /** Whether all are of one client, which then has no column (false). */
  readonly isOfClient?: boolean
}

/** Grants as rows. */
export function grantTable(
  grants: readonly GrantRecord[],
  now: number,
  { empty, isOfClient = false }: GrantTableOptions,
): Markup {
  return table({
    id: 'grants',
    caption: 'Grants',
    columns: [
      { heading: 'User' },
      ...(isOfClient ? [] : [{ heading: 'Application' }]),
      { heading: 'Scopes' },
      { heading: 'Since' },
      { heading: 'Last used' },
      { heading: 'Until' },
      { heading: 'Status' },
      { heading: 'Grant' },
    ],
    rows: grants.map((grant) => [
      html`<a href="/admin/users/${grant.userId}/"><bdi>${shownName(grant.username, grant.userId)}</bdi></a>`,
      ...(isOfClient
        ? []
        : [
            html`<a href="/admin/applications/${pathSegment(grant.clientId)}/"
              ><bdi>${shownName(grant.clientName, grant.clientId)}</bdi></a
            >`,
          ]),
      grant.scopes.join(' '),
      moment(grant.createdAt),
      momentOr(grant.lastUsedAt, 'not known'),
      moment(grant.expiresAt),
      grantState(grant, now),
      html`<a href="/admin/grants/${grant.id}/"><code>${grant.id}</code></a>`,
    ]),
    empty,
  })
}

/** How a grant stands, in words. */
export function grantState({ revokedAt, revokedFor, expiresAt }: GrantRecord, now: number): Markup {
  if (revokedAt !== null)
    return badge(revokedFor === null ? 'Ended' : `Ended: ${revokedFor.replaceAll('_', ' ')}`, 'bad')
  return expiresAt <= now ? badge('Over', 'bad') : badge('Goes on', 'good')
}
