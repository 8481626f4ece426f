import { RequestRefused } from '../../core/errors.ts'
import type { Visit } from '../../screens/screen.ts'
import type { Member } from '../member-list.ts'
import type { Members } from '../members.ts'
import { type Entered, enterFor, type Place } from './place.ts'

export interface FoundMember {
  readonly entered: Entered
  readonly member: Member
}

/** The member of a page. */
export async function memberOf(visit: Visit, place: Place, members: Pick<Members, 'find'>): Promise<FoundMember> {
  const entered = await enterFor(place, visit, 'members.view')
  const member = await members.find(entered.organisation.id, visit.params['user'] ?? '')
  if (member === null) throw new RequestRefused('not_found', 'There is no such member. They may have left.')
  return { entered, member }
}
