import { html } from 'hono/html'
import type { Users } from '../accounts/users.ts'
import { RequestRefused } from '../core/errors.ts'
import { textControl } from '../pages/controls.ts'
import { badge, codeBlock } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'
import { table } from '../pages/table.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import type { Screen, View, Visit } from '../screens/screen.ts'
import { csvLine } from './csv.ts'
import { type ImportedRow, importedUsers, mostRows } from './imported-users.ts'

/** Makes many users of a file, after a dry run that says of each row what would become of it. */
export function userImport({ users }: { readonly users: Pick<Users, 'findByLogin' | 'create'> }): Screen {
  return {
    path: 'users/import/',
    // What was pasted is too long to wait for a proof, so that it is asked for before.
    isSensitive: true,
    show: async (visit) => firstPage(visit, '', {}),
    actions: {
      'dry-run': {
        run: async (visit) => {
          const file = visit.text('file')
          try {
            return dryRun(visit, file, await importedUsers(file, users))
          } catch (error) {
            return firstPage(visit, file, faultsOf(error))
          }
        },
      },
      import: {
        isOnce: true,
        run: async (visit) => {
          const file = visit.text('file')
          let rows: readonly ImportedRow[]
          try {
            rows = await importedUsers(file, users)
          } catch (error) {
            return firstPage(visit, file, faultsOf(error))
          }
          const done: ImportedRow[] = []
          for (const row of rows) {
            if (row.user === null) done.push(row)
            else {
              // Somebody may have taken the name since the rows were looked at.
              const fault = await made(users.create(row.user, visit.by))
              done.push({ ...row, fault })
            }
          }
          return resultPage(done)
        },
      },
    },
  }
}

async function made(creating: Promise<unknown>): Promise<string | null> {
  try {
    await creating
    return null
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error
    return error.message
  }
}

const crumbs = [{ href: '/admin/users/', text: 'Users' }]
const sample = `username,email,email_verified,permissions
ada,ada@example.org,yes,notes.add notes.change
bob,bob@example.org,no,`

function firstPage(visit: Visit, file: string, faults: Faults): View {
  return {
    title: 'Import users',
    crumbs,
    problems: problemsOf(faults),
    content: html`<p>
        Paste a file: CSV whose first line names the columns, or a JSON list. It is looked at first, and nobody is made
        by that. Passwords are not taken: each person sets one by a link.
      </p>
      ${postForm({
        to: visit.path,
        proof: visit.form,
        action: 'dry-run',
        button: 'Look at it',
        cancel: '/admin/users/',
        content: textControl({
          id: 'file',
          name: 'file',
          label: 'The file',
          isLong: true,
          required: true,
          value: file,
          wrong: faults['file'],
          hint: `Columns: username, email, email_verified, is_active, permissions. At most ${mostRows} rows at a time.`,
        }),
      })}
      ${codeBlock('sample', 'A sample', sample)}`,
  }
}

function dryRun(visit: Visit, file: string, rows: readonly ImportedRow[]): View {
  const good = rows.filter(({ fault }) => fault === null).length
  const bad = rows.length - good
  const what = `${good} of ${rows.length} ${rows.length === 1 ? 'row' : 'rows'} would be made${bad === 0 ? '.' : `, and ${bad} left out.`} Nobody has been made yet.`
  return {
    title: 'Import users: dry run',
    crumbs: [...crumbs, { href: visit.path, text: 'Import users' }],
    content: html`<p id="counts">${what}</p>
      ${rowsTable(rows, 'Would be made')}
      ${
        good === 0
          ? html`<p><a class="button small second" href="${visit.path}" id="again">Paste another file</a></p>`
          : postForm({
              to: visit.path,
              proof: visit.onceForm,
              action: 'import',
              button: good === 1 ? 'Make 1 user' : `Make ${good} users`,
              cancel: visit.path,
              content: html`<textarea name="file" hidden aria-label="The file">${file}</textarea>`,
            })
      }`,
  }
}

function resultPage(rows: readonly ImportedRow[]): View {
  const left = rows.filter(({ fault }) => fault !== null)
  const count = rows.length - left.length
  const rest = left.length === 0 ? '' : ` ${left.length} ${left.length === 1 ? 'row was' : 'rows were'} left out.`
  const what = `${count} ${count === 1 ? 'user is' : 'users are'} made.${rest}`
  const file = left.map(({ username, email, fault }) => csvLine([username, email, fault ?? ''])).join('')
  const data = `data:text/csv;charset=utf-8,${encodeURIComponent(csvLine(['username', 'email', 'reason']) + file)}`
  return {
    title: 'Import users: done',
    crumbs,
    content: html`<p class="done" role="status" id="result">${what}</p>
      ${left.length === 0 ? '' : html`<p><a class="button small second" id="rejected" download="rejected.csv" href="${data}">Download what was left out</a></p>`}
      ${rowsTable(rows, 'Made')}
      <p><a class="button small" id="to-users" href="/admin/users/">Go to the users</a></p>`,
  }
}

function rowsTable(rows: readonly ImportedRow[], good: string): Markup {
  return table({
    id: 'rows',
    caption: 'Rows',
    columns: [{ heading: 'Row' }, { heading: 'Username' }, { heading: 'E-mail' }, { heading: 'Outcome' }],
    rows: rows.map(({ place, username, email, fault }) => [
      String(place),
      html`<bdi>${shownName(username, 'none')}</bdi>`,
      html`<bdi>${shownName(email, 'none')}</bdi>`,
      fault === null ? badge(good, 'good') : html`${badge('Left out', 'bad')} ${fault}`,
    ]),
  })
}
