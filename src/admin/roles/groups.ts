import { html } from 'hono/html'
import type { Group, Groups } from '../../accounts/groups.ts'
import type { UserListOptions, UserPage } from '../../accounts/user-list.ts'
import { RequestRefused } from '../../core/errors.ts'
import { textControl } from '../../pages/controls.ts'
import { copyAs, emptyState } from '../../pages/facts.ts'
import { confirmation, postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { pager, table } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { permissionControls, permissionsIn } from '../../screens/permission-choice.ts'
import { leave, type Posted, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { apiCall, configOf } from '../copied.ts'
import { groupStanza } from '../stanzas.ts'
import { userBadges, userPath } from '../users/user-frame.ts'

export interface GroupScreensStores {
  readonly groups: Pick<Groups, 'list' | 'find' | 'create' | 'update' | 'delete'>
  readonly users: { readonly list: (options?: UserListOptions) => Promise<UserPage> }
  readonly origin: string
}

/** Groups: permissions that people share, whose members are looked after on the pages of users. */
export function groupScreens(stores: GroupScreensStores): readonly Screen[] {
  return [listScreen(stores), newScreen(stores), oneScreen(stores), deleteScreen(stores)]
}

const place = '/admin/groups/'
const crumb = { href: place, text: 'Groups' }

function listScreen({ groups }: GroupScreensStores): Screen {
  return {
    path: 'groups/',
    menu: { text: 'Groups', group: 'People' },
    show: async ({ path }) => ({
      title: 'Groups',
      content: html`<div class="toolbar"><a class="button small" href="${path}new/" id="new-group">New group</a></div>
        ${table({
          id: 'groups',
          caption: 'Groups',
          columns: [{ heading: 'Group' }, { heading: 'Permissions' }],
          rows: (await groups.list()).map(({ id, name, permissions }) => [
            html`<a href="${path}${id}/"><bdi>${shownName(name, id)}</bdi></a>`,
            permissions.length === 0 ? html`<span class="quiet">none</span>` : permissions.join(', '),
          ]),
          empty: emptyState({
            what: 'A group gives the same permissions to all who are in it. Roles do the same, can end by themselves, and can count in one organisation alone.',
            button: { href: `${path}new/`, text: 'New group' },
          }),
        })}`,
    }),
  }
}

function newScreen({ groups }: GroupScreensStores): Screen {
  const page = async (visit: Visit, typed: Typed, faults: Faults = {}): Promise<View> => ({
    title: 'New group',
    crumbs: [crumb],
    problems: problemsOf(faults, { main: 'name' }),
    content: postForm({
      to: visit.path,
      proof: visit.onceForm,
      action: 'create',
      button: 'Make the group',
      cancel: place,
      content: controls(typed, known(await groups.list()), faults),
    }),
  })
  return {
    path: 'groups/new/',
    show: async (visit) => page(visit, { name: '', permissions: [] }),
    actions: {
      create: {
        isOnce: true,
        run: async (visit) => {
          const typed = typedIn(visit, known(await groups.list()))
          try {
            const { id } = await groups.create(typed, visit.by)
            return leave(`${place}${id}/`, 'The group is made. People are put into it on their own pages.')
          } catch (error) {
            return page(visit, typed, faultsOf(error))
          }
        },
      },
    },
  }
}

function oneScreen({ groups, users, origin }: GroupScreensStores): Screen {
  async function page(visit: Visit, group: Group, typed: Typed = group, faults: Faults = {}): Promise<View> {
    const { users: members, next } = await users.list({
      group: group.id,
      ...askedPage(visit.query, size),
    })
    return {
      title: shownName(group.name, group.id),
      crumbs: [crumb],
      problems: problemsOf(faults, { main: 'name' }),
      content: html`${postForm({
          to: visit.path,
          proof: visit.form,
          action: 'change',
          button: 'Save',
          content: controls(typed, known(await groups.list()), faults),
        })}
        <h2>Members</h2>
        ${table({
          id: 'members',
          caption: 'Members',
          columns: [{ heading: 'Username' }, { heading: 'Status' }],
          rows: members.map((user) => [
            html`<a href="${userPath(user.id)}groups/"><bdi>${shownName(user.username, user.id)}</bdi></a>`,
            html`${userBadges(user).map((one) => html`${one} `)}`,
          ]),
          empty: 'Nobody is in it. Open a user, and put them into it under Groups.',
        })}
        ${pager({ path: visit.path, query: visit.query, next, size })}
        <p><a class="button small danger" id="delete" href="${visit.path}delete/">Delete the group</a></p>
        ${copyAs({
          call: apiCall(origin, 'GET', `/api/admin/groups/${group.id}/`),
          config: configOf('groups', groupStanza(group)),
        })}`,
    }
  }

  return {
    path: 'groups/:group/',
    show: async (visit) => page(visit, await groupOf(visit, groups)),
    actions: {
      change: {
        run: async (visit) => {
          const group = await groupOf(visit, groups)
          const typed = typedIn(visit, known(await groups.list()))
          try {
            await groups.update(group.id, typed, visit.by)
          } catch (error) {
            return page(visit, group, typed, faultsOf(error))
          }
          return leave(visit.path, 'The group is changed. It counts from the next request on.')
        },
      },
    },
  }
}

const size = 50

function deleteScreen({ groups, users }: GroupScreensStores): Screen {
  return {
    path: 'groups/:group/delete/',
    show: async (visit) => {
      const group = await groupOf(visit, groups)
      const { users: some, next } = await users.list({ group: group.id, limit: 200 })
      const count = next === null ? String(some.length) : 'more than 200'
      const name = shownName(group.name, group.id)
      return {
        title: `Delete the group ${name}?`,
        crumbs: [crumb, { href: `${place}${group.id}/`, text: name }],
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'delete',
          button: 'Delete the group',
          what: 'Whoever is in it loses what it allows. Their accounts stay.',
          stops: some.length === 0 ? [] : [`what it allows to ${count} ${count === '1' ? 'person' : 'people'}`],
          cancel: `${place}${group.id}/`,
        }),
      }
    },
    actions: {
      delete: {
        run: async (visit) => {
          const group = await groupOf(visit, groups)
          await groups.delete(group.id, visit.by)
          return leave(place, `The group ${group.name} is deleted.`)
        },
      },
    },
  }
}

async function groupOf({ params }: Visit, groups: Pick<Groups, 'find'>): Promise<Group> {
  const group = await groups.find(params['group'] ?? '')
  if (group === null) throw new RequestRefused('not_found', 'There is no such group. It may have been deleted.')
  return group
}

interface Typed {
  readonly name: string
  readonly permissions: readonly string[]
}

/** What groups allow already, to choose from. */
function known(groups: readonly Group[]): readonly string[] {
  return [...new Set(groups.flatMap(({ permissions }) => permissions))].toSorted()
}

function controls(typed: Typed, all: readonly string[], faults: Faults): Markup {
  return html`${textControl({
    id: 'name',
    name: 'name',
    label: 'Name',
    required: true,
    maxLength: 254,
    value: typed.name,
    wrong: faults['name'] ?? faults['main'],
  })}
  ${permissionControls({ known: all }, { held: typed.permissions, wrong: faults['permissions'] })}`
}

function typedIn(visit: Posted, all: readonly string[]): Typed {
  return { name: visit.text('name'), permissions: permissionsIn(visit, { known: all }) }
}
