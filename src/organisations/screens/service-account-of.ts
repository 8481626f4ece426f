import { RequestRefused } from '../../core/errors.ts'
import type { NavLink } from '../../pages/console.ts'
import type { Visit } from '../../screens/screen.ts'
import type { ServiceAccountRecord, ServiceAccounts } from '../../tokens/service-accounts.ts'
import { checkMay } from '../authority.ts'
import { type Entered, enterFor, organisationCrumbs, type Place } from './place.ts'

export interface FoundServiceAccount {
  readonly entered: Entered
  readonly account: ServiceAccountRecord
  /** The address of its page. */
  readonly base: string
  /** The crumbs of its page, and those of pages below it. */
  readonly crumbs: readonly NavLink[]
  readonly crumbsBelow: readonly NavLink[]
}

/** The service account of a page, for whoever may do that with it. Those of other organisations are not there. */
export async function serviceAccountOf(
  visit: Visit,
  place: Place,
  serviceAccounts: Pick<ServiceAccounts, 'find'>,
  action: 'view' | 'change' | 'delete',
): Promise<FoundServiceAccount> {
  const entered = await enterFor(place, visit, 'service_accounts.view')
  const account = await serviceAccounts.find(visit.params['account'] ?? '')
  if (account === null || account.organisationId !== entered.organisation.id) {
    throw new RequestRefused('not_found', 'There is no such service account. It may have been deleted.')
  }
  checkMay(entered.authority, `service_accounts.${action}`)
  const base = `${entered.base}service-accounts/${account.id}/`
  const crumbs = organisationCrumbs(entered, 'service-accounts/', 'Service accounts')
  return { entered, account, base, crumbs, crumbsBelow: [...crumbs, { href: base, text: account.name }] }
}
