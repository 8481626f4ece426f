import { html } from 'hono/html'
import type { Groups } from '../../accounts/groups.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import { select } from '../../pages/controls.ts'
import { confirmation, postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { type Action, leave, type Posted, type View } from '../../screens/screen.ts'
import { type BulkAction, bulkActions, type BulkPlan, type BulkUsers, bulkLimit } from './bulk-users.ts'
import { backTo, chosenFields, chosenRows } from '../checked-rows.ts'
import { type CountHoldings, counted, type Holdings, holdingsText, holdingsTogether } from '../../accounts/holdings.ts'
import { leftOut, leftOutText } from '../left-out.ts'
import { userPath } from './user-frame.ts'

export interface BulkUsersPageStores {
  readonly bulkUsers: BulkUsers
  readonly groups: Pick<Groups, 'list' | 'find'>
  readonly countHoldings: CountHoldings
}

/** What can be done to the chosen rows of the list of users: a page that asks, and the deed. */
export function bulkUsersActions(stores: BulkUsersPageStores): Readonly<Record<'choose' | 'bulk', Action>> {
  const { bulkUsers, groups } = stores
  return {
    choose: {
      run: async (visit) => {
        const action = actionIn(visit)
        const ids = chosenRows(visit.fields).slice(0, bulkLimit)
        const back = backTo(visit)
        if (action === null) return leave(back, 'Nothing was done: choose what is to be done, and to whom.')
        if (ids.length === 0) return leave(back, 'Nobody was chosen: check the boxes of those whom it is for.')
        return asking(stores, visit, action, await bulkUsers.plan(visit.user, { action, ids }))
      },
    },
    bulk: {
      isSensitive: true,
      run: async (visit) => {
        const action = actionIn(visit)
        const ids = chosenRows(visit.fields).slice(0, bulkLimit)
        if (action === null || ids.length === 0) return leave(backTo(visit), 'Nothing was done: nobody was chosen.')
        const group = action === 'add_to_group' ? visit.text('group') : undefined
        if (group !== undefined && (await groups.find(group)) === null)
          return leave(backTo(visit), 'Nothing was done: there is no such group any more.')
        const { users, left } = await bulkUsers.run(visit.user, { action, ids, group }, visit.by)
        const isSignedOut = action === 'end_sessions' && users.some(({ id }) => id === visit.user.id)
        return leave(
          isSignedOut ? '/accounts/login/' : backTo(visit),
          `${told(action, users.length)}${leftOutText(left)}`,
        )
      },
    },
  }
}

/** The choices under the list. */
export function bulkChoices(): Markup {
  return html`${select({
    id: 'bulk_action',
    name: 'bulk_action',
    label: 'With the chosen',
    choices: bulkActions.map((value) => ({ value, text: texts[value].choice })),
  })}`
}

interface Texts {
  readonly choice: string
  /** The button, for one and for more. */
  readonly button: (count: string) => string
  readonly what: string
  /** What was done, behind the count. */
  readonly done: readonly [one: string, many: string]
  /** What ends with it. */
  readonly stops: (held: Holdings) => readonly string[]
}

const texts: Readonly<Record<BulkAction, Texts>> = {
  disable: {
    choice: 'Disable',
    button: (count) => `Disable ${count}`,
    what: 'They cannot sign in any more, until their accounts are enabled again. Keys and tokens stop with them.',
    done: ['account is disabled', 'accounts are disabled'],
    stops: holdingsText,
  },
  enable: {
    choice: 'Enable',
    button: (count) => `Enable ${count}`,
    what: 'They can sign in again. What had ended stays ended.',
    done: ['account is enabled', 'accounts are enabled'],
    stops: () => [],
  },
  require_password: {
    choice: 'Require new password',
    button: (count) => `Require another password of ${count}`,
    what: 'They are signed out everywhere, and have to choose another password when they sign in.',
    done: ['account has to choose another password', 'accounts have to choose another password'],
    stops: (held) => holdingsText({ ...held, keys: 0 }),
  },
  end_sessions: {
    choice: 'End all sessions',
    button: (count) => `End all sessions of ${count}`,
    what: 'They have to sign in again everywhere. API keys go on.',
    done: ['account is signed out everywhere', 'accounts are signed out everywhere'],
    stops: (held) => holdingsText({ ...held, keys: 0 }),
  },
  add_to_group: {
    choice: 'Add to a group',
    button: (count) => `Add ${count}`,
    what: 'They have the permissions of the group from their next request on.',
    done: ['account is in the group', 'accounts are in the group'],
    stops: () => [],
  },
}

async function asking(
  { groups, countHoldings }: BulkUsersPageStores,
  visit: Posted,
  action: BulkAction,
  { users, left }: BulkPlan,
): Promise<View> {
  const { button: named, what, stops } = texts[action]
  const button = named(`${users.length} ${users.length === 1 ? 'account' : 'accounts'}`)
  const form = {
    to: backTo(visit),
    proof: html`${visit.form}${chosenFields(users.map(({ id }) => id))}`,
    action: 'bulk',
    fields: { bulk_action: action },
    button,
    cancel: backTo(visit),
  }
  const all = action === 'add_to_group' ? await groups.list() : []
  const cannot =
    users.length === 0
      ? 'It can be done to nobody of those who were chosen.'
      : action === 'add_to_group' && all.length === 0
        ? 'There is no group yet: make one first, under Groups.'
        : null
  const content =
    cannot !== null
      ? html`<p class="note" id="cannot">${cannot}</p>
          <p><a href="${backTo(visit)}" id="cancel">Back to the list</a></p>`
      : action === 'add_to_group'
        ? html`<p>${what}</p>
            ${namesOf(users)}
            ${postForm({
              ...form,
              content: select({
                id: 'group',
                name: 'group',
                label: 'Group',
                choices: all.map(({ id, name }) => ({ value: id, text: shownName(name, id) })),
              }),
            })}`
        : confirmation({ ...form, what, stops: stops(await sumOf(users, countHoldings)), more: namesOf(users) })
  return {
    title: cannot === null ? `${button}?` : 'Nothing can be done',
    status: 200,
    crumbs: [{ href: '/admin/users/', text: 'Users' }],
    content: html`${content} ${leftOut(left)}`,
  }
}

async function sumOf(users: readonly UserRecord[], countHoldings: CountHoldings): Promise<Holdings> {
  const all: Holdings[] = []
  for (const { id } of users) all.push(await countHoldings({ kind: 'user', id }))
  return holdingsTogether(all)
}

function namesOf(users: readonly UserRecord[]): Markup {
  return html`<p>It is done to:</p>
    <ul class="points" id="chosen">
      ${users.map(
        ({ id, username }) =>
          html`<li>
            <a href="${userPath(id)}"><bdi>${shownName(username, id)}</bdi></a>
          </li>`,
      )}
    </ul>`
}

function told(action: BulkAction, count: number): string {
  const [one, many] = texts[action].done
  return count === 0 ? 'Nothing was done.' : `${counted(count, one, many).join('')}.`
}

function actionIn(visit: Posted): BulkAction | null {
  const text = visit.text('bulk_action')
  return bulkActions.find((one) => one === text) ?? null
}
