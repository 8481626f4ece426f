import type { OrganisationCounts } from '../organisation-counts.ts'

/** What stops when an organisation is deleted or suspended. */
export function stopsOf(counts: OrganisationCounts): readonly string[] {
  const words: readonly (readonly [number, string, string])[] = [
    [counts.members, 'membership', 'memberships'],
    [counts.invitations, 'invitation', 'invitations'],
    [counts.roles, 'role of its own', 'roles of its own'],
    [counts.serviceAccounts, 'service account', 'service accounts'],
    [counts.keys, 'key', 'keys'],
    [counts.clients, 'application', 'applications'],
  ]
  return words.filter(([count]) => count > 0).map(([count, one, many]) => `${count} ${count === 1 ? one : many}`)
}
