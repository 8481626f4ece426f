import { html } from 'hono/html'
import type { Users } from '../../accounts/users.ts'
import type { AllowedClients } from '../../oauth/allowed-clients.ts'
import { moment } from '../../pages/components.ts'
import { momentOr } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import { table } from '../../pages/table.ts'
import { leave, type Screen } from '../../screens/screen.ts'
import { checkMayActOn, mayActOn } from '../acting-on.ts'
import { userFrame, userOf } from './user-frame.ts'
import { pathSegment } from '../../screens/path-segment.ts'

export interface UserApplicationsStores {
  readonly users: Pick<Users, 'find'>
  readonly allowedClients: AllowedClients
}

/** The applications that a user has allowed something, and how that is taken back for them. */
export function userApplications({ users, allowedClients }: UserApplicationsStores): Screen {
  return {
    path: 'users/:id/applications/',
    show: async (visit) => {
      const user = await userOf(visit, users)
      const mayEnd = mayActOn(visit.user, user)
      const all = await allowedClients.list(user.id)
      return {
        ...userFrame(user),
        content: table({
          id: 'applications',
          caption: 'Connected apps',
          columns: [
            { heading: 'Application' },
            { heading: 'May' },
            { heading: 'Since' },
            { heading: 'Last used' },
            { heading: 'While they are away' },
            ...(mayEnd ? [{ heading: 'Take back' }] : []),
          ],
          rows: all.map(({ clientId, name, scopes, since, lastUsedAt, isOffline }) => [
            html`<a href="/admin/applications/${pathSegment(clientId)}/"><bdi>${shownName(name, clientId)}</bdi></a>`,
            scopes.join(' '),
            moment(since),
            momentOr(lastUsedAt, 'not known'),
            isOffline ? 'yes' : 'no',
            ...(mayEnd
              ? [
                  postForm({
                    to: visit.path,
                    proof: visit.form,
                    action: 'withdraw',
                    fields: { client: clientId },
                    button: 'Take back',
                    kind: 'second',
                    isInline: true,
                  }),
                ]
              : []),
          ]),
          empty: 'They have allowed no application anything.',
        }),
      }
    },
    actions: {
      withdraw: {
        run: async (visit) => {
          const user = await userOf(visit, users)
          checkMayActOn(visit.user, user)
          const ended = await allowedClients.withdraw(user.id, visit.text('client'), visit.by)
          return leave(
            visit.path,
            ended ? 'Taken back: its tokens are dead.' : 'There was nothing to take back any more.',
          )
        },
      },
    },
  }
}
