/**
 * What a member of an organisation is at least. These three roles are built in: nobody changes them, and every organisation
 * has an owner.
 */
export const standings = ['owner', 'admin', 'member'] as const

export type Standing = (typeof standings)[number]

const member = ['organisation.view', 'members.view'] as const

const admin = [
  ...member,
  'organisation.change',
  'members.add',
  'members.change',
  'members.delete',
  'roles.view',
  'roles.add',
  'roles.change',
  'roles.delete',
  'service_accounts.view',
  'service_accounts.add',
  'service_accounts.change',
  'service_accounts.delete',
] as const

/** What each may do in their organisation, and to it. An owner can also make and remove owners. */
export const standingPermissions: Readonly<Record<Standing, readonly string[]>> = {
  owner: [...admin, 'organisation.delete', 'organisation.transfer'],
  admin,
  member,
}

export function isStanding(text: unknown): text is Standing {
  return standings.some((one) => one === text)
}
