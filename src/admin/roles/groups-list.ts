import { html } from 'hono/html'
import type { Groups } from '../../accounts/groups.ts'
import { emptyState } from '../../pages/facts.ts'
import { shownName } from '../../pages/shown-name.ts'
import { table } from '../../pages/table.ts'
import type { Screen } from '../../screens/screen.ts'

/** All groups. */
export function groupsList({ groups }: { readonly groups: Pick<Groups, 'list'> }): Screen {
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
