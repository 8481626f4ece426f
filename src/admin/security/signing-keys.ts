import { html } from 'hono/html'
import { badge, copyAs, momentOr } from '../../pages/facts.ts'
import { confirmation, postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { moment } from '../../pages/components.ts'
import { isSuperuser } from '../../permissions/is-superuser.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { Keyring } from '../../tokens/keyring.ts'
import type { SigningKeyRecord } from '../../tokens/signing-key-record.ts'
import { type Historian, historyOf } from '../history-of.ts'
import { keySetReaderTable } from './key-set-reader-table.ts'
import { keySetReading, type KeySetReadingStores } from './key-set-reading.ts'

export interface SigningKeysStores extends Historian, KeySetReadingStores {
  readonly signingKeys: Pick<Keyring, 'list' | 'rotate' | 'retire' | 'algorithms'>
  /** Seconds after which a key makes way for the next by itself, `null`: never. */
  readonly signingKeyLifetime: number | null
  readonly origin: string
}

/** What tokens are signed with: the previous keys, the current ones and the next. */
export function signingKeys(stores: SigningKeysStores): readonly Screen[] {
  const { signingKeys: keys, signingKeyLifetime, origin } = stores
  return [
    {
      path: 'signing-keys/',
      menu: { text: 'Signing keys', group: 'Security' },
      show: async (visit) => {
        const all = (await keys.list()).filter(({ state }) => state !== 'retired')
        const mayRotate = visit.user.isSuperuser === true
        return {
          title: 'Signing keys',
          content: html`<p>
              ${
                signingKeyLifetime === null
                  ? 'They are exchanged by hand alone.'
                  : `Each makes way for the next by itself after ${Math.round(signingKeyLifetime / 86_400)} days.`
              }
              A new key is published some minutes before it signs, and an old one verifies until the last token that it
              signed is over.
            </p>
            <div class="cards" id="keys">
              ${column('Previous', 'They sign nothing any more, and still verify.', byState(all, 'retiring'), mayRotate)}
              ${column('Current', 'They sign now.', byState(all, 'current'), false)}
              ${column('Next', 'They are published, and sign soon.', byState(all, 'next'), false)}
            </div>
            ${mayRotate ? rotation(visit) : html`<p class="note" id="not-yours">Only a superuser may exchange them.</p>`}
            ${keySetReaderTable(await keySetReading(stores))} ${await historyOf(stores, { event: 'signing_key.' })}
            ${copyAs({ call: `curl '${origin}/o/jwks.json'` })}`,
        }
      },
      actions: {
        stage: {
          permission: isSuperuser,
          isSensitive: true,
          run: async (visit) => {
            await keys.rotate({ by: visit.by })
            return leave(visit.path, 'The next keys are published. They sign in some minutes.')
          },
        },
      },
    },
    {
      path: 'signing-keys/rotate/',
      permission: isSuperuser,
      isSensitive: true,
      show: async (visit) => rotatePage(visit),
      actions: {
        'rotate-now': {
          run: async (visit) => {
            if (visit.text('typed') !== word) return rotatePage(visit, `Type ${word} to confirm.`)
            await keys.rotate({ by: visit.by, now: true })
            return leave(
              '/admin/signing-keys/',
              'New keys sign from now on. The old ones still verify: end them too where they are not secret any more.',
            )
          },
        },
      },
    },
    {
      path: 'signing-keys/:kid/retire/',
      permission: isSuperuser,
      isSensitive: true,
      show: async (visit) => retirePage(visit),
      actions: {
        retire: {
          run: async (visit) => {
            if (visit.text('typed') !== 'retire') return retirePage(visit, 'Type retire to confirm.')
            await keys.retire(visit.params['kid'] ?? '', { by: visit.by })
            return leave('/admin/signing-keys/', 'The key has ended: what it signed is refused.')
          },
        },
      },
    },
  ]
}

const word = 'rotate'
const crumbs = [{ href: '/admin/signing-keys/', text: 'Signing keys' }]

function byState(all: readonly SigningKeyRecord[], state: SigningKeyRecord['state']): readonly SigningKeyRecord[] {
  return all.filter((key) => key.state === state)
}

function column(title: string, what: string, keys: readonly SigningKeyRecord[], mayRetire: boolean): Markup {
  const id = title.toLowerCase()
  return html`<section class="panel" aria-labelledby="${id}-heading">
    <h2 id="${id}-heading">${title}</h2>
    <p class="quiet">${keys.length === 0 ? 'None.' : what}</p>
    ${keys.map(
      ({ kid, alg, createdAt, signsFrom, signsUntil }) =>
        html`<dl class="key-facts">
          <dt>${badge(alg, 'plain')}</dt>
          <dd><code class="kid">${kid}</code></dd>
          <dt>Made</dt>
          <dd>${moment(createdAt)}</dd>
          <dt>Signs from</dt>
          <dd>${moment(signsFrom)}</dd>
          <dt>Signs until</dt>
          <dd>${momentOr(signsUntil, 'the next one')}</dd>
          ${mayRetire ? html`<dd><a href="/admin/signing-keys/${kid}/retire/">End it at once</a></dd>` : ''}
        </dl>`,
    )}
  </section>`
}

function rotation(visit: Visit): Markup {
  return html`<section aria-labelledby="rotate-heading">
    <h2 id="rotate-heading">Exchange them</h2>
    <p>Publish the next keys first, and everybody who keeps the public set has them before they sign.</p>
    <div class="buttons">
      ${postForm({ to: visit.path, proof: visit.form, action: 'stage', button: 'Publish the next keys', isInline: true })}
      <a class="button small danger" id="rotate" href="${visit.path}rotate/">Sign with new keys at once</a>
    </div>
  </section>`
}

function rotatePage(visit: Visit, wrong?: string): View {
  return {
    title: 'Sign with new keys at once?',
    crumbs,
    problems: wrong === undefined ? [] : [{ field: 'typed', message: wrong }],
    content: confirmation({
      to: visit.path,
      proof: visit.form,
      action: 'rotate-now',
      button: 'Sign with new keys',
      what: 'For keys that are not secret any more. Whoever keeps the public set refuses new tokens until they read it anew.',
      stops: ['new tokens at APIs that keep the public set, until they fetch it again'],
      cancel: '/admin/signing-keys/',
      typed: { text: word, wrong },
    }),
  }
}

function retirePage(visit: Visit, wrong?: string): View {
  return {
    title: 'End this key?',
    crumbs,
    problems: wrong === undefined ? [] : [{ field: 'typed', message: wrong }],
    content: confirmation({
      to: visit.path,
      proof: visit.form,
      action: 'retire',
      button: 'End the key',
      what: `What the key ${visit.params['kid'] ?? ''} signed is refused from now on.`,
      stops: ['every JWT access token and ID token that it signed'],
      cancel: '/admin/signing-keys/',
      typed: { text: 'retire', wrong },
    }),
  }
}
