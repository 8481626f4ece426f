import { html } from 'hono/html'
import type { Sessions } from '../accounts/sessions.ts'
import { AuthError, RequestRefused } from '../core/errors.ts'
import type { FactorChanges } from '../factors/factor-changes.ts'
import { jsonOrNull } from '../factors/passkey-answers.ts'
import type { Passkey } from '../factors/passkey-rows.ts'
import { passkeyNameIn } from '../factors/passkey-rows.ts'
import type { Passkeys } from '../factors/passkeys.ts'
import { hiddenField, moment } from '../pages/components.ts'
import { textControl } from '../pages/controls.ts'
import { badge, emptyState, facts, momentOr } from '../pages/facts.ts'
import { confirmation, postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { passkeyForm } from '../pages/passkey-form.ts'
import { table } from '../pages/table.ts'
import { leave, type Posted, type Screen, type View, type Visit } from '../screens/screen.ts'
import { endOthers, othersCheck } from './authenticator.ts'
import { shownCodes } from './recovery.ts'

export interface PasskeyScreens {
  readonly passkeys: Pick<Passkeys, 'list' | 'creation' | 'rename'>
  readonly changes: Pick<FactorChanges, 'mayAdd' | 'addPasskey' | 'removePasskey'>
  readonly sessions: Pick<Sessions, 'endOthers'>
  readonly siteName: string
}

/** Passkeys: each with its name, who keeps it, and when it was used. */
export function passkeys({ passkeys: store }: PasskeyScreens): Screen {
  return {
    path: 'passkeys/',
    menu: { text: 'Passkeys', group: 'Signing in' },
    show: async (visit) => {
      const all = await store.list(visit.user.id)
      return {
        title: 'Passkeys',
        content:
          all.length === 0
            ? html`${emptyState({
                what: 'A passkey signs you in by your fingerprint, face, screen lock or a security key, and cannot be tricked out of you.',
                button: { href: `${visit.path}add/`, text: 'Add a passkey' },
              })}
              ${needsScripts}`
            : html`${table({
                  id: 'passkeys',
                  caption: 'Your passkeys',
                  columns: [
                    { heading: 'Name' },
                    { heading: 'Kept by' },
                    { heading: 'Where it works' },
                    { heading: 'Added' },
                    { heading: 'Last used' },
                  ],
                  rows: all.map((passkey) => [
                    html`<a href="${visit.path}${passkey.id}/" id="passkey-${passkey.id}"
                      ><bdi>${passkey.name}</bdi></a
                    >`,
                    passkey.maker ?? 'unknown',
                    whereOf(passkey),
                    moment(passkey.createdAt),
                    momentOr(passkey.lastUsedAt),
                  ]),
                })}
                <p><a class="button small" href="${visit.path}add/" id="add-passkey">Add a passkey</a></p>
                ${needsScripts}`,
      }
    },
  }
}

/** Adding one is the one thing here that does. What is there can be renamed and removed without. */
const needsScripts: Markup = html`<noscript
  ><p class="note" id="without-scripts">
    Adding and using a passkey needs scripts, which are off here. Without them you sign in with your password, and with
    an authenticator app as second factor.
  </p></noscript
>`

/** Makes one. */
export function addPasskey({ passkeys: store, changes, sessions, siteName }: PasskeyScreens): Screen {
  const up = (path: string): string => path.replace(/add\/$/, '')
  async function page(visit: Visit, problem?: string): Promise<View> {
    return {
      title: 'Add a passkey',
      crumbs: [{ href: up(visit.path), text: 'Passkeys' }],
      problems: problem === undefined ? [] : [{ message: problem, field: 'create-passkey-submit' }],
      content: html`<div class="panel">
        <p>
          Your device asks for your fingerprint, face or screen lock, or for a security key. It may offer to keep the
          passkey on your phone.
        </p>
        ${passkeyForm({
          id: 'create-passkey',
          action: visit.path,
          proof: html`${visit.form} ${hiddenField('action', 'add')}`,
          does: 'create',
          options: await store.creation(visit.user, visit.signed.auth.id),
          renews: '/api/account/factors/passkeys/options/',
          button: 'Make a passkey',
          otherwise: 'Open this page in another browser, or add an authenticator app.',
          content: html`${textControl({
            id: 'name',
            name: 'name',
            label: 'Name',
            maxLength: 60,
            hint: 'To know it again, such as “My phone”.',
          })}
          ${othersCheck}`,
        })}
      </div>`,
    }
  }

  async function add(visit: Posted) {
    try {
      const { passkey, recoveryCodes } = await changes.addPasskey({
        user: visit.user,
        binding: visit.signed.auth.id,
        answer: jsonOrNull(visit.text('passkey')),
        name: visit.text('name'),
        by: visit.by,
      })
      const ended = await endOthers(sessions, visit)
      const done = `The passkey “${passkey.name}” is added.${ended}`
      if (recoveryCodes === null) return leave(up(visit.path), done)
      return shownCodes({ visit, siteName, codes: recoveryCodes, title: 'The passkey is added', back: up(visit.path) })
    } catch (error) {
      if (!(error instanceof AuthError) || (error.code !== 'invalid' && error.code !== 'conflict')) throw error
      return page(visit, error.message)
    }
  }

  return {
    path: 'passkeys/add/',
    isSensitive: true,
    show: async (visit) => page(visit),
    actions: { add: { isSensitive: true, run: add } },
  }
}

/** One passkey: its facts, another name, and the way to take it away. */
export function passkey({ passkeys: store }: PasskeyScreens): Screen {
  return {
    path: 'passkeys/:id/',
    show: async (visit) => onePage(visit, await oneOf(store, visit)),
    actions: {
      rename: {
        run: async (visit) => {
          const one = await oneOf(store, visit)
          const name = passkeyNameIn(visit.text('name'))
          if (name === '') return onePage(visit, one, 'Give it a name.')
          await store.rename(visit.user.id, one.id, name, visit.by)
          return leave(visit.path, 'The passkey has its new name.')
        },
      },
    },
  }
}

/** Asks before it is taken away. */
export function removePasskey({ passkeys: store, changes, sessions }: PasskeyScreens): Screen {
  const up = (path: string): string => path.replace(/[^/]+\/remove\/$/, '')
  const page = (visit: Visit, one: Passkey, problem?: string): View => ({
    title: `Remove “${one.name}”?`,
    crumbs: [
      { href: up(visit.path), text: 'Passkeys' },
      { href: visit.path.replace(/remove\/$/, ''), text: one.name },
    ],
    problems: problem === undefined ? [] : [{ message: problem, field: 'remove-passkey' }],
    content: confirmation({
      to: visit.path,
      proof: visit.form,
      action: 'remove-passkey',
      button: 'Remove it',
      what: 'It signs you in no more. Remove it on your device too, else your device goes on offering it.',
      stops: [`signing in with “${one.name}”`, 'browsers that do not ask for a second factor'],
      cancel: visit.path.replace(/remove\/$/, ''),
    }),
  })
  return {
    path: 'passkeys/:id/remove/',
    isSensitive: true,
    show: async (visit) => page(visit, await oneOf(store, visit)),
    actions: {
      'remove-passkey': {
        isSensitive: true,
        run: async (visit) => {
          const one = await oneOf(store, visit)
          try {
            await changes.removePasskey(visit.user, one.id, visit.by)
            await sessions.endOthers(visit.user.id, visit.signed.auth.id, visit.by)
            return leave(up(visit.path), `The passkey “${one.name}” is removed, and other devices are signed out.`)
          } catch (error) {
            if (!(error instanceof AuthError) || error.code !== 'conflict') throw error
            return page(visit, one, error.message)
          }
        },
      },
    },
  }
}

function onePage(visit: Visit, one: Passkey, problem?: string): View {
  return {
    title: one.name,
    crumbs: [{ href: visit.path.replace(/[^/]+\/$/, ''), text: 'Passkeys' }],
    problems: problem === undefined ? [] : [{ message: problem, field: 'name' }],
    content: html`${facts([
        ['Kept by', one.maker ?? 'unknown'],
        ['Where it works', whereOf(one)],
        ['Added', moment(one.createdAt)],
        ['Last used', momentOr(one.lastUsedAt)],
      ])}
      ${postForm({
        to: visit.path,
        proof: visit.form,
        action: 'rename',
        button: 'Rename',
        kind: 'second',
        content: textControl({
          id: 'name',
          name: 'name',
          label: 'Name',
          value: one.name,
          required: true,
          maxLength: 60,
          wrong: problem,
        }),
      })}
      <p><a class="button small danger" href="${visit.path}remove/" id="remove">Remove</a></p>`,
  }
}

async function oneOf(store: Pick<Passkeys, 'list'>, visit: Visit): Promise<Passkey> {
  const one = (await store.list(visit.user.id)).find(({ id }) => id === visit.params['id'])
  if (one === undefined) throw new RequestRefused('not_found')
  return one
}

function whereOf({ isSynced, isUsable, maker, rpId }: Passkey): Markup | string {
  if (!isUsable) return html`${badge('Not here', 'bad')} It was made for <bdi>${rpId}</bdi>, and cannot be used`
  if (!isSynced) return 'On one device or key'
  return maker === null ? 'On all devices that it is synced to' : html`On all devices with your ${maker}`
}
