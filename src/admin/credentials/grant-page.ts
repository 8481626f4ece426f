import { html } from 'hono/html'
import type { Users } from '../../accounts/users.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { GrantList, GrantRecord } from '../../oauth/grant-list.ts'
import type { Grants } from '../../oauth/grants.ts'
import { moment } from '../../pages/components.ts'
import { copyAs, facts, momentOr } from '../../pages/facts.ts'
import { confirmation } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import { parseId } from '../../storage/id.ts'
import { leave, type Screen, type Visit } from '../../screens/screen.ts'
import { checkMayActOn, mayActOn } from '../acting-on.ts'
import { apiCall } from '../../pages/api-call.ts'
import { grantState } from './grant-table.ts'
import { type Historian, historyOf } from '../history-of.ts'
import { pathSegment } from '../../screens/path-segment.ts'

export interface GrantPageStores extends Historian {
  readonly grantList: Pick<GrantList, 'read'>
  readonly grants: Pick<Grants, 'end'>
  readonly users: Pick<Users, 'find'>
  readonly origin: string
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** One grant, and how it ends with all its tokens: they are never deleted one by one, which would leave others alive. */
export function grantPage(stores: GrantPageStores): readonly Screen[] {
  const { grantList, grants, users, origin, clock } = stores

  async function grantAt({ params }: Visit): Promise<GrantRecord> {
    const grant = await grantList.read(params['id'] ?? '')
    if (grant === null)
      throw new RequestRefused('not_found', 'There is no such grant. It may be over and cleared away.')
    return grant
  }

  return [
    {
      path: 'grants/:id/',
      show: async (visit) => {
        const grant = await grantAt(visit)
        const user = await users.find(grant.userId)
        const isAlive = grant.revokedAt === null && grant.expiresAt > clock()
        return {
          title: `Grant ${grant.id}`,
          crumbs,
          content: html`${facts([
            ['User', html`<a href="/admin/users/${grant.userId}/"><bdi>${shownName(grant.username)}</bdi></a>`],
            [
              'Application',
              html`<a href="/admin/applications/${pathSegment(grant.clientId)}/"
                ><bdi>${shownName(grant.clientName)}</bdi></a
              >`,
            ],
            ['Scopes', grant.scopes.join(' ')],
            ['Resources', grant.resources.join(' ') || 'this server’s own API'],
            ['While the user is away', grant.isOffline ? 'yes' : 'no'],
            ['Since', moment(grant.createdAt)],
            ['Last used', momentOr(grant.lastUsedAt, 'not known')],
            ['Until', moment(grant.expiresAt)],
            ['Status', grantState(grant, clock())],
          ])}
          ${
            isAlive && user !== null && mayActOn(visit.user, user)
              ? html`<p><a class="button small danger" id="end" href="${visit.path}end/">End the grant</a></p>`
              : ''
          }
          ${await historyOf(stores, `grant:${grant.id}`)}
          ${copyAs({ call: apiCall(origin, 'GET', `/api/admin/grants/${grant.id}/`) })}`,
        }
      },
    },
    {
      path: 'grants/:id/end/',
      show: async (visit) => {
        const grant = await grantAt(visit)
        return {
          title: 'End the grant?',
          crumbs: [...crumbs, { href: `/admin/grants/${grant.id}/`, text: `Grant ${grant.id}` }],
          content: confirmation({
            to: visit.path,
            proof: visit.form,
            action: 'end',
            button: 'End the grant',
            what: `${shownName(grant.clientName)} loses what ${shownName(grant.username)} has allowed it.`,
            stops: ['every access token and refresh token of the grant'],
            cancel: `/admin/grants/${grant.id}/`,
          }),
        }
      },
      actions: {
        end: {
          run: async (visit) => {
            const grant = await grantAt(visit)
            const user = await users.find(grant.userId)
            if (user !== null) checkMayActOn(visit.user, user)
            const wasAlive = await grants.end(parseId(grant.id) ?? -1n, 'revoked', visit.by)
            return leave(
              `/admin/grants/${grant.id}/`,
              wasAlive ? 'The grant has ended, with all its tokens.' : 'The grant had ended already.',
            )
          },
        },
      },
    },
  ]
}

const crumbs = [{ href: '/admin/grants/', text: 'Tokens and grants' }]
