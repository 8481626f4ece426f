import { html } from 'hono/html'
import type { Users } from '../../accounts/users.ts'
import { momentOr } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import { table } from '../../pages/table.ts'
import { leave, type Screen } from '../../screens/screen.ts'
import type { LinkedAccounts } from '../../social/linked-accounts.ts'
import { checkMayActOn, mayActOn } from '../acting-on.ts'
import { userFrame, userOf } from './user-frame.ts'

export interface UserLinkedStores {
  readonly users: Pick<Users, 'find'>
  readonly social: { readonly linked: Pick<LinkedAccounts, 'list' | 'unlink' | 'isLastWayIn'> }
}

/** The accounts elsewhere that a user signs in with; each can be unlinked, the last way in too. */
export function userLinked({ users, social: { linked } }: UserLinkedStores): Screen {
  return {
    path: 'users/:id/linked/',
    show: async (visit) => {
      const user = await userOf(visit, users)
      const accounts = await linked.list(user.id)
      const mayUnlink = mayActOn(visit.user, user)
      const [only] = accounts
      const isLast = accounts.length === 1 && only !== undefined && (await linked.isLastWayIn(user.id, only.id))
      return {
        ...userFrame(user),
        content: html`${isLast ? html`<p class="note" id="last-way-in">This is their only way in. Without it, they need a new password from you or by mail.</p>` : ''}
        ${table({
          id: 'linked',
          caption: 'Linked sign-ins',
          columns: [
            { heading: 'Provider' },
            { heading: 'Account' },
            { heading: 'Subject' },
            { heading: 'Linked' },
            { heading: 'Last used' },
            ...(mayUnlink ? [{ heading: 'Unlink' }] : []),
          ],
          rows: accounts.map(({ id, provider, email, name, subject, createdAt, lastUsedAt }) => [
            provider,
            html`<bdi>${shownName(email ?? name ?? subject, subject)}</bdi>`,
            html`<code>${subject}</code>`,
            momentOr(createdAt),
            momentOr(lastUsedAt),
            ...(mayUnlink
              ? [
                  postForm({
                    to: visit.path,
                    proof: visit.form,
                    action: 'unlink',
                    fields: { account: id },
                    button: 'Unlink',
                    kind: 'second',
                    isInline: true,
                  }),
                ]
              : []),
          ]),
          empty: 'They sign in with no other provider.',
        })}`,
      }
    },
    actions: {
      unlink: {
        isSensitive: true,
        run: async (visit) => {
          const user = await userOf(visit, users)
          checkMayActOn(visit.user, user)
          const { provider } = await linked.unlink(user.id, visit.text('account'), visit.by, { evenIfLast: true })
          return leave(visit.path, `The account of ${provider} is unlinked.`)
        },
      },
    },
  }
}
