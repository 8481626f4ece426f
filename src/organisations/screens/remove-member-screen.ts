import { confirmation } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import { leave, type Screen, type Visit } from '../../screens/screen.ts'
import { checkMayRestand } from '../authority.ts'
import type { Members } from '../members.ts'
import { type FoundMember, memberOf } from './member-of.ts'
import { byIn, organisationCrumbs, type Place } from './place.ts'

export interface RemoveMemberScreenStores {
  readonly members: Pick<Members, 'find' | 'remove'>
}

/** Taking a member out of an organisation, or leaving it. */
export function removeMemberScreen(place: Place, { members }: RemoveMemberScreenStores): Screen {
  async function allowed(visit: Visit): Promise<FoundMember> {
    const found = await memberOf(visit, place, members)
    checkMayRestand(found.entered.authority, found.member.standing, null)
    return found
  }
  return {
    path: `${place.path}members/:user/remove/`,
    show: async (visit) => {
      const { entered, member } = await allowed(visit)
      const name = shownName(member.username, member.userId)
      const up = `${entered.base}members/${member.userId}/`
      return {
        title: `Remove ${name}?`,
        crumbs: [...organisationCrumbs(entered, 'members/', 'Members'), { href: up, text: name }],
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'remove',
          button: 'Remove',
          what: 'They are no member any more. Their account stays, and they can be invited again.',
          stops: ['their access to what belongs to the organisation', 'all roles that they have in it'],
          cancel: up,
        }),
      }
    },
    actions: {
      remove: {
        run: async (visit) => {
          const { entered, member } = await allowed(visit)
          await members.remove(entered.organisation.id, member.userId, byIn(visit, entered))
          const isSelf = member.userId === visit.user.id && !entered.authority.isOperator
          return leave(isSelf ? entered.list.href : `${entered.base}members/`, 'They are out of the organisation.')
        },
      },
    },
  }
}
