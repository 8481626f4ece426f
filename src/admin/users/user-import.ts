import { html } from 'hono/html'
import type { Users } from '../../accounts/users.ts'
import type { PasswordHasher } from '../../crypto/password-hash.ts'
import { textControl } from '../../pages/controls.ts'
import { badge, codeBlock } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { table } from '../../pages/table.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import type { Posted, Screen, View, Visit } from '../../screens/screen.ts'
import type { AuthenticatorApps } from '../../factors/authenticator-apps.ts'
import { csvLine } from '../csv.ts'
import { type ImportedFile, type ImportedRow, importedUsers, mostBytes, mostRows } from './imported-users.ts'
import { importReport, type ImportReport, madeUsers } from './made-users.ts'

export interface UserImportStores {
  readonly users: Pick<Users, 'findByLogin' | 'create'>
  readonly hasher: Pick<PasswordHasher, 'recognises' | 'hash'>
  readonly apps: Pick<AuthenticatorApps, 'adopt'>
}

/** Makes many users of a file, after a dry run that says of each row what would become of it. */
export function userImport({ users, hasher, apps }: UserImportStores): Screen {
  const readOf = async (visit: Posted, file: string): Promise<ImportedFile> =>
    importedUsers(file, { users, hasher, takesHashes: visit.user.isSuperuser === true })
  return {
    path: 'users/import/',
    upload: { limit: mostBytes },
    // What was sent is too long to wait for a proof, so that it is asked for before.
    isSensitive: true,
    show: async (visit) => firstPage(visit, '', {}),
    actions: {
      'dry-run': {
        run: async (visit) => {
          const uploaded = visit.text('upload')
          const file = uploaded === '' ? visit.text('file') : uploaded
          try {
            return dryRun(visit, file, await readOf(visit, file))
          } catch (error) {
            return firstPage(visit, uploaded === '' ? file : '', faultsOf(error))
          }
        },
      },
      import: {
        isOnce: true,
        run: async (visit) => {
          const file = visit.text('file')
          let rows: readonly ImportedRow[]
          try {
            ;({ rows } = await readOf(visit, file))
          } catch (error) {
            return firstPage(visit, file, faultsOf(error))
          }
          return resultPage(await madeUsers(rows, { users, apps, hasher }, visit.by))
        },
      },
    },
  }
}

const crumbs = [{ href: '/admin/users/', text: 'Users' }]
const sample = `username,email,email_verified,permissions,password_hash
ada,ada@example.org,yes,notes.add notes.change,pbkdf2_sha256$870000$…
bob,bob@example.org,no,,`

function firstPage(visit: Visit, file: string, faults: Faults): View {
  const mayHash = visit.user.isSuperuser === true
  return {
    title: 'Import users',
    crumbs,
    problems: problemsOf(faults),
    content: html`<p>
        Choose a file, or paste it: CSV whose first line names the columns, a JSON list, an export of Auth0 (an object a
        line), a realm of Keycloak, or what Django’s dumpdata wrote. Which it is, is seen by what is in it. It is looked
        at first, and nobody is made by that. Passwords are not taken:
        ${mayHash ? 'their hashes are, and whoever has none that can be verified sets a password by a link.' : 'each person sets one by a link. Only a superuser may import password hashes.'}
      </p>
      ${postForm({
        to: visit.path,
        proof: visit.form,
        action: 'dry-run',
        button: 'Look at it',
        cancel: '/admin/users/',
        isUpload: true,
        content: html`<div class="field">
            <label for="upload">A file <span class="optional">(optional)</span></label>
            <input
              id="upload"
              name="upload"
              type="file"
              accept=".csv,.json,.ndjson,.jsonl,text/csv,application/json,application/x-ndjson"
              aria-describedby="upload_hint"
            />
            <p class="hint" id="upload_hint">
              CSV, JSON or NDJSON in UTF-8, up to ${mostBytes / 2 ** 20} MiB and ${mostRows} rows.
            </p>
          </div>
          ${textControl({
            id: 'file',
            name: 'file',
            label: 'Or its text',
            isLong: true,
            value: file,
            wrong: faults['file'],
            hint: `Columns: username, email, email_verified, is_active, permissions${mayHash ? ', password_hash, totp_secret' : ''}.`,
          })}`,
      })}
      ${codeBlock('sample', 'A sample', sample)}`,
  }
}

function dryRun(visit: Visit, file: string, { source, rows }: ImportedFile): View {
  const report = importReport(rows)
  const { good, left } = report
  const what = `${good} of ${rows.length} ${rows.length === 1 ? 'row' : 'rows'} would be made${left === 0 ? '.' : `, and ${left} left out.`} Nobody has been made yet.`
  return {
    title: 'Import users: dry run',
    crumbs: [...crumbs, { href: visit.path, text: 'Import users' }],
    content: html`<p id="counts">${what}</p>
      <p id="source">${read[source]}</p>
      ${reportList(report)} ${rejected(rows)}
      ${
        good === 0
          ? html`<p><a class="button small second" href="${visit.path}" id="again">Choose another file</a></p>`
          : postForm({
              to: visit.path,
              proof: visit.onceForm,
              action: 'import',
              button: good === 1 ? 'Make 1 user' : `Make ${good} users`,
              cancel: visit.path,
              isUpload: true,
              content: html`<textarea name="file" hidden aria-label="The file">${file}</textarea>`,
            })
      }
      ${rowsTable(rows, 'Would be made')}`,
  }
}

const read = {
  CSV: 'It is CSV.',
  JSON: 'It is a JSON list of users.',
  Auth0: 'It is an export of Auth0.',
  Keycloak: 'It is a realm of Keycloak. Its groups, roles and clients are not read.',
  Django:
    'It is a dump of Django. Its users are read; groups, tokens and applications come with doorward import-django.',
} as const

function reportList({ hashes, withoutPassword, doubled, apps, losing }: ImportReport): Markup {
  return html`<ul class="points" id="report">
    ${hashes.map(({ kind, count, isUsable }) => html`<li>${count} with a password hash: ${kind}${isUsable ? '' : ', which cannot be verified here'}</li>`)}
    ${apps === 0 ? '' : html`<li>${apps} with an authenticator app, which goes on</li>`}
    ${losing === 0 ? '' : html`<li>${losing} had a second factor that cannot go on here, and will sign in without it until they add one</li>`}
    <li>${withoutPassword} will have to set a password by a link</li>
    <li>${doubled} left out because ${doubled === 1 ? 'it is' : 'they are'} in the file twice, or here already</li>
  </ul>`
}

function resultPage(rows: readonly ImportedRow[]): View {
  const left = rows.filter(({ fault }) => fault !== null)
  const count = rows.length - left.length
  const rest = left.length === 0 ? '' : ` ${left.length} ${left.length === 1 ? 'row was' : 'rows were'} left out.`
  const what = `${count} ${count === 1 ? 'user is' : 'users are'} made.${rest}`
  return {
    title: 'Import users: done',
    crumbs,
    content: html`<p class="done" role="status" id="result">${what}</p>
      ${rejected(rows)} ${rowsTable(rows, 'Made')}
      <p><a class="button small" id="to-users" href="/admin/users/">Go to the users</a></p>`,
  }
}

/** What was left out, with the number of its row and the reason. Hashes stay where they came from. */
function rejected(rows: readonly ImportedRow[]): Markup | '' {
  const left = rows.filter(({ fault }) => fault !== null)
  if (left.length === 0) return ''
  const lines = left.map(({ place, username, email, fault }) => csvLine([place, username, email, fault]))
  const data = `data:text/csv;charset=utf-8,${encodeURIComponent(csvLine(['row', 'username', 'email', 'reason']) + lines.join(''))}`
  return html`<p>
    <a class="button small second" id="rejected" download="rejected.csv" href="${data}">Download what was left out</a>
  </p>`
}

/** Those that need somebody first; of many, only the beginning. */
function rowsTable(rows: readonly ImportedRow[], good: string): Markup {
  const shown = rows.toSorted((a, b) => Number(a.fault === null) - Number(b.fault === null)).slice(0, mostShown)
  return html`${table({
    id: 'rows',
    caption: 'Rows',
    columns: [
      { heading: 'Row' },
      { heading: 'Username' },
      { heading: 'E-mail' },
      { heading: 'Password' },
      { heading: 'Outcome' },
    ],
    rows: shown.map(({ place, username, email, hash, fault }) => [
      String(place),
      html`<bdi>${shownName(username, 'none')}</bdi>`,
      html`<bdi>${shownName(email, 'none')}</bdi>`,
      hash === null ? html`<span class="quiet">none</span>` : hash.kind,
      fault === null ? badge(good, 'good') : html`${badge('Left out', 'bad')} ${fault}`,
    ]),
  })}
  ${rows.length > mostShown ? html`<p class="quiet" id="more">And ${rows.length - mostShown} more rows.</p>` : ''}`
}

const mostShown = 200
