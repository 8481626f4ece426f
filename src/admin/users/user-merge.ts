import { html } from 'hono/html'
import { meantUser, nobodyMeant } from '../../accounts/meant-user.ts'
import { counted } from '../../accounts/holdings.ts'
import type { MergePlan, MergeUsers } from '../../accounts/merge-users.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { textControl } from '../../pages/controls.ts'
import { confirmation } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { isSuperuser } from '../../permissions/is-superuser.ts'
import { faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { sought } from '../../screens/sought.ts'
import { checkMayActOn } from '../acting-on.ts'
import { userFrame, userOf, userPath } from './user-frame.ts'

export interface UserMergeStores {
  readonly users: Pick<Users, 'find' | 'findByLogin'>
  readonly mergeUsers: MergeUsers
}

/** Makes two accounts of one person into one: which other, what would happen, and the typed name that does it. */
export function userMerge({ users, mergeUsers }: UserMergeStores): Screen {
  async function asking(visit: Visit, kept: UserRecord, login: string, wrong?: string): Promise<View> {
    const { title, crumbs = [] } = userFrame(kept)
    const frame = {
      title: `Merge another account into ${title}`,
      crumbs: [...crumbs, { href: userPath(kept.id), text: title }],
    }
    if (login === '') return { ...frame, content: choosing(visit, login) }
    const other = await meantUser(users, login)
    if (other === null) {
      const message = nobodyMeant
      return {
        ...frame,
        status: 200,
        problems: problemsOf({ other: message }),
        content: choosing(visit, login, message),
      }
    }
    try {
      const plan = await mergeUsers.plan(kept.id, other.id, visit.by)
      return {
        ...frame,
        title: `Merge ${shownName(other.username, other.id)} into ${title}?`,
        problems: wrong === undefined ? [] : [{ field: 'typed', message: wrong }],
        content: planned(visit, { kept, other, plan, wrong }),
      }
    } catch (error) {
      const message = faultsOf(error)['main'] ?? ''
      return {
        ...frame,
        status: 200,
        problems: problemsOf({ other: message }),
        content: choosing(visit, login, message),
      }
    }
  }

  async function allowed(visit: Visit): Promise<UserRecord> {
    const kept = await userOf(visit, users)
    checkMayActOn(visit.user, kept)
    return kept
  }

  return {
    path: 'users/:id/merge/',
    permission: isSuperuser,
    isSensitive: true,
    show: async (visit) => asking(visit, await allowed(visit), sought(visit.query, 'other')),
    actions: {
      merge: {
        run: async (visit) => {
          const kept = await allowed(visit)
          const login = visit.text('other')
          const other = await meantUser(users, login)
          if (other === null || visit.text('typed') !== other.username) {
            return asking(visit, kept, login, 'Type the username of the account that ends, as it stands on this page.')
          }
          try {
            await mergeUsers.merge(kept.id, other.id, visit.by)
          } catch (error) {
            return asking(visit, kept, login, faultsOf(error)['main'])
          }
          return leave(userPath(kept.id), `The account of ${shownName(other.username)} is part of this one now.`)
        },
      },
    },
  }
}

function choosing({ path }: Visit, login: string, wrong?: string): Markup {
  return html`<p>
      For one person with two accounts. What the other account has goes over to this one; then it is disabled for good,
      and keeps its name. Nothing happens yet: the next page says what would.
    </p>
    <form method="get" action="${path}" class="stack" id="merge-other">
      ${textControl({
        id: 'other',
        name: 'other',
        label: 'The account that ends',
        required: true,
        maxLength: 254,
        value: login,
        wrong,
        hint: 'Username or verified e-mail.',
      })}
      <div class="buttons">
        <button class="button" type="submit" id="see">See what would happen</button>
        <a href="${path.replace(/merge\/$/, '')}" id="cancel">Cancel</a>
      </div>
    </form>`
}

function planned(
  visit: Visit,
  {
    kept,
    other,
    plan,
    wrong,
  }: {
    readonly kept: UserRecord
    readonly other: UserRecord
    readonly plan: MergePlan
    readonly wrong: string | undefined
  },
): Markup {
  const { moved, both, ended, takesEmail } = plan
  const [name, otherName] = [shownName(kept.username, kept.id), shownName(other.username, other.id)]
  const list = (id: string, title: string, items: readonly string[]): Markup | '' =>
    items.length === 0
      ? ''
      : html`<section class="section" aria-labelledby="${id}-heading">
          <h2 id="${id}-heading">${title}</h2>
          <ul class="points" id="${id}">
            ${items.map((one) => html`<li>${one}</li>`)}
          </ul>
        </section>`
  const over = [
    ...itemsOf(moved),
    ...(takesEmail ? [`the e-mail address ${other.email ?? ''}`] : []),
    ...permissionsOf(other),
  ]
  return confirmation({
    to: visit.path,
    proof: visit.form,
    action: 'merge',
    fields: { other: other.username },
    button: 'Merge the accounts',
    what: `${otherName} ends, and ${name} has what it had. It cannot be undone.`,
    stops: [...itemsOf(ended), 'the password, if it has one'],
    more: html`${list('moved', `Goes over to ${name}`, over)}
    ${list('both', `Both have it: that of ${name} stays`, itemsOf(both))}
    ${other.isStaff || other.isSuperuser ? html`<p class="note" id="rights">What ${otherName} may do as an administrator does not go over.</p>` : ''}`,
    cancel: userPath(kept.id),
    typed: { text: other.username, wrong },
  })
}

function permissionsOf({ permissions }: UserRecord): readonly string[] {
  return permissions.length === 0 ? [] : [`permissions of their own: ${permissions.join(', ')}`]
}

const words: Readonly<Record<string, readonly [one: string, many: string]>> = {
  api_keys: ['API key', 'API keys'],
  api_tokens: ['API token', 'API tokens'],
  client_certificates: ['certificate', 'certificates'],
  linked_accounts: ['linked sign-in', 'linked sign-ins'],
  service_accounts: ['service account', 'service accounts'],
  clients: ['application', 'applications'],
  memberships: ['group', 'groups'],
  organisation_members: ['organisation', 'organisations'],
  role_grants: ['role', 'roles'],
  consents: ['consent to an application', 'consents to applications'],
  sessions: ['session', 'sessions'],
  grants: ['connected application, which signs in anew', 'connected applications, which sign in anew'],
  passkeys: ['passkey', 'passkeys'],
  totp_devices: ['authenticator app', 'authenticator apps'],
  recovery_codes: ['recovery code', 'recovery codes'],
}

function itemsOf(counts: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(counts).flatMap(([table, count]) => counted(count, ...(words[table] ?? [table, table])))
}
