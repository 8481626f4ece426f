import { html } from 'hono/html'
import { moment } from '../../pages/components.ts'
import { badge } from '../../pages/facts.ts'
import { shownName } from '../../pages/shown-name.ts'
import { pager, table } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import type { Screen } from '../../screens/screen.ts'
import { may } from '../authority.ts'
import type { Members } from '../members.ts'
import type { RoleGrants } from '../role-grants.ts'
import { enterFor, organisationFrame, type Place } from './place.ts'
import { standingWords } from './standing-words.ts'

export interface MembersScreenStores {
  readonly members: Pick<Members, 'list'>
  readonly roleGrants: Pick<RoleGrants, 'inOrganisation'>
}

/** Who is in an organisation, and what they are there. */
export function membersScreen(place: Place, { members, roleGrants }: MembersScreenStores): Screen {
  return {
    path: `${place.path}members/`,
    show: async (visit) => {
      const entered = await enterFor(place, visit, 'members.view')
      const { organisation, authority, base } = entered
      const { members: page, next } = await members.list(organisation.id, askedPage(visit.query, size))
      const grants = await roleGrants.inOrganisation(organisation.id)
      const rolesOf = (userId: string): string =>
        grants
          .filter((grant) => grant.userId === userId)
          .map(({ roleName }) => roleName)
          .join(', ')
      return {
        ...organisationFrame(entered),
        content: html`${
          may(authority, 'members.add')
            ? html`<div class="toolbar">
                <a class="button small" href="${base}invitations/new/" id="invite">Invite somebody</a>
              </div>`
            : ''
        }
        ${table({
          id: 'members',
          caption: 'Members',
          columns: [
            { heading: 'Username' },
            { heading: 'E-mail' },
            { heading: 'Is' },
            { heading: 'Further roles' },
            { heading: 'Since' },
          ],
          rows: page.map((member) => [
            html`<a href="${base}members/${member.userId}/"><bdi>${shownName(member.username, member.userId)}</bdi></a>
              ${member.isActive ? '' : badge('Disabled', 'bad')}`,
            member.email === null ? html`<span class="quiet">none</span>` : html`<bdi>${shownName(member.email)}</bdi>`,
            standingWords[member.standing],
            rolesOf(member.userId) || html`<span class="quiet">none</span>`,
            moment(member.joinedAt),
          ]),
        })}
        ${pager({ path: visit.path, query: visit.query, next, size })}`,
      }
    },
  }
}

const size = 50
