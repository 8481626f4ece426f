import { html } from 'hono/html'
import type { AccountDeletions, WaitingDeletion } from '../accounts/by-mail/account-deletions.ts'
import { type CountHoldings, counted, holdingsText, type Holdings } from '../accounts/holdings.ts'
import type { Passwords } from '../accounts/passwords.ts'
import type { Users } from '../accounts/users.ts'
import { download } from '../api/answering.ts'
import { RequestRefused } from '../core/errors.ts'
import { duration, moment } from '../pages/components.ts'
import { textControl } from '../pages/controls.ts'
import { confirmation, postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../screens/screen.ts'
import type { OwnData } from './own-data.ts'

export interface DataScreenOptions {
  readonly deletions: Pick<AccountDeletions, 'delay' | 'obstacles' | 'waiting' | 'ask' | 'cancel'>
  readonly ownData: OwnData
  readonly users: Pick<Users, 'find'>
  readonly passwords: Pick<Passwords, 'confirm'>
  readonly countHoldings: CountHoldings
  /** Whether this site sends mail. */
  readonly isMailOpen: boolean
}

/** What is kept of a person: to take along, and to have deleted. */
export function dataScreens(options: DataScreenOptions): readonly Screen[] {
  return [ownDataScreen(options), downloadScreen(options), deleteScreen(options)]
}

function ownDataScreen({ deletions }: DataScreenOptions): Screen {
  return {
    path: 'data/',
    menu: { text: 'Data' },
    show: async (visit) => {
      const waiting = await deletions.waiting(visit.user.id)
      const obstacles = waiting === null ? [] : await deletions.obstacles(visit.user.id)
      return {
        title: 'Data',
        content: html`${waiting === null ? '' : deletionNote(visit, waiting, obstacles)}
          <section aria-labelledby="download-heading">
            <h2 id="download-heading">Take your data along</h2>
            <p>
              A JSON file with your profile, devices, second factors, keys and tokens without their secrets, connected
              applications, linked sign-ins, and what was done by you and to your account.
            </p>
            <p><a class="button small second" href="${visit.path}download/" id="download">Download</a></p>
          </section>
          <section aria-labelledby="delete-heading">
            <h2 id="delete-heading">Delete your account</h2>
            ${deletionPart(visit, waiting, deletions.delay)}
          </section>`,
      }
    },
    actions: {
      'keep-account': {
        run: async (visit) => {
          const was = await deletions.cancel(visit.user.id, visit.by)
          return leave(visit.path, was ? 'Your account stays.' : 'No deletion was waiting. Your account stays.')
        },
      },
    },
  }
}

function deletionPart(visit: Visit, waiting: WaitingDeletion | null, delay: number | null): Markup {
  if (delay === null)
    return html`<p>Ask whoever runs this site: here, people do not delete their account themselves.</p>`
  if (waiting !== null) return html`<p>You asked for it on ${moment(waiting.askedAt)}.</p>`
  return html`<p>
      Your account and all that it can sign in to are gone for good, ${duration(delay)} after you ask for it. Until then
      you can change your mind.
    </p>
    <p><a class="button small danger" href="${visit.path}delete/" id="delete-account">Delete my account</a></p>`
}

/** For the pages that show it: when the account goes, and the button that keeps it. */
export function deletionNote(
  { form: proof }: Pick<Visit, 'form'>,
  { dueAt }: WaitingDeletion,
  obstacles: readonly string[] = [],
): Markup {
  return html`<div class="note" id="deletion">
    <p><strong>Your account is going to be deleted</strong> on ${moment(dueAt)}.</p>
    ${obstacles.map((one) => html`<p>Until this is done, it stays: ${one}</p>`)}
    ${postForm({ to: '/account/data/', proof, action: 'keep-account', button: 'Keep my account', kind: 'second', isInline: true })}
  </div>`
}

function downloadScreen({ ownData }: DataScreenOptions): Screen {
  return {
    path: 'data/download/',
    isSensitive: true,
    show: async ({ user, by }) => {
      const body = `${JSON.stringify(await ownData(user.id, by), null, 2)}\n`
      return file.write({ body, contentType: 'application/json', fileName: 'my-account.json' })
    },
  }
}

const file = download(['application/json'], 'All that is kept of oneself.')

function deleteScreen({ deletions, users, passwords, countHoldings, isMailOpen }: DataScreenOptions): Screen {
  const up = (path: string): string => path.replace(/delete\/$/, '')

  async function page(visit: Visit, faults: Faults = {}): Promise<View> {
    const record = await users.find(visit.user.id)
    const obstacles = await deletions.obstacles(visit.user.id)
    const crumbs = [{ href: up(visit.path), text: 'Data' }]
    const { delay } = deletions
    if (record === null || delay === null) {
      throw new RequestRefused('not_found', 'Ask whoever runs this site to delete your account.')
    }
    if (obstacles.length > 0) {
      return {
        title: 'Your account cannot go yet',
        crumbs,
        content: html`<p>Others depend on it:</p>
          <ul class="points" id="obstacles">
            ${obstacles.map((one) => html`<li>${one}</li>`)}
          </ul>
          <p><a href="${up(visit.path)}" id="back">Back</a></p>`,
      }
    }
    const form = {
      to: visit.path,
      proof: visit.form,
      action: 'delete-account',
      button: 'Delete my account',
      cancel: up(visit.path),
    }
    const what = `Your account ${record.username} and all of the following go for good, ${duration(delay)} from now. Until then everything works as ever, and you can keep the account ${isMailOpen && record.email !== null ? 'here or by the link that is mailed to you' : 'here'}.`
    const stops = goes(await countHoldings({ kind: 'user', id: record.id }))
    return {
      title: 'Delete your account?',
      crumbs,
      problems: problemsOf(faults, { main: 'delete-account' }),
      content: html`<p>${what}</p>
        <ul class="points" id="stops">
          ${stops.map((one) => html`<li>${one}</li>`)}
        </ul>
        ${
          record.hasPassword
            ? postForm({
                ...form,
                kind: 'danger',
                content: textControl({
                  id: 'current_password',
                  name: 'current_password',
                  label: 'Current password',
                  type: 'password',
                  required: true,
                  autocomplete: 'current-password',
                  wrong: faults['current_password'],
                }),
              })
            : confirmation({
                ...form,
                what: 'There is no password to ask you for.',
                stops: [],
                typed: { text: record.username, wrong: faults['typed'] },
              })
        }`,
    }
  }

  return {
    path: 'data/delete/',
    isSensitive: true,
    show: async (visit) => {
      if ((await deletions.waiting(visit.user.id)) === null) return page(visit)
      return { status: 303, headers: [['location', up(visit.path)]], body: '' }
    },
    actions: {
      'delete-account': {
        isSensitive: true,
        run: async (visit) => {
          const record = await users.find(visit.user.id)
          const sent = visit.fields['current_password']
          const password = typeof sent === 'string' ? sent : ''
          if (record?.hasPassword === true) {
            const { address } = visit.request
            if (!(await passwords.confirm(record.id, password, { address }))) {
              return page(visit, { current_password: 'The current password is not right.' })
            }
          } else if (visit.text('typed') !== record?.username) {
            return page(visit, { typed: 'This is not the name of your account.' })
          }
          try {
            await deletions.ask(visit.user.id, visit.by)
          } catch (error) {
            return page(visit, faultsOf(error))
          }
          return leave(up(visit.path), 'Your account is going to be deleted. You can keep it until then.')
        },
      },
    },
  }
}

/** What goes with an account, counted; and what stays behind without it. */
function goes(held: Holdings): readonly string[] {
  const all = [
    ...holdingsText(held),
    ...counted(held.passkeys, 'passkey'),
    ...counted(held.linkedAccounts, 'linked sign-in'),
    ...counted(held.memberships, 'organisation that you leave', 'organisations that you leave'),
    ...counted(
      held.serviceAccounts,
      'service account that then has no owner',
      'service accounts that then have no owner',
    ),
    ...counted(held.clients, 'application that then has no owner', 'applications that then have no owner'),
  ]
  return all.length === 0 ? ['nothing beside the account itself'] : all
}
