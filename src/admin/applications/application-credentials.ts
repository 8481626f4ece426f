import { html } from 'hono/html'
import type { ClientRecord } from '../../oauth/client-record.ts'
import type { Clients } from '../../oauth/clients.ts'
import { select } from '../../pages/controls.ts'
import { facts, momentOr } from '../../pages/facts.ts'
import { confirmation, postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { leave, type Screen, type Visit } from '../../screens/screen.ts'
import { applicationForms } from './application-forms.ts'
import { applicationFrame, applicationOf, applicationPath } from './application-frame.ts'
import { applicationPage, type ApplicationPageStores } from './application-page.ts'
import { applicationSecret } from './application-secret.ts'
import { checkMayTrust } from '../may-trust.ts'

export interface ApplicationCredentialsStores extends ApplicationPageStores {
  readonly clients: ApplicationPageStores['clients'] &
    Pick<Clients, 'startSecretRotation' | 'finishSecretRotation' | 'cancelSecretRotation'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** How a client shows who it is, and how its secret is exchanged without a moment in which it fails. */
export function applicationCredentials(stores: ApplicationCredentialsStores): readonly Screen[] {
  const { clients, origin } = stores
  return [
    applicationPage(stores, {
      path: 'credentials/',
      fields: applicationForms.credentials,
      above: async (visit, client) => (client.hasSecret ? secretPart(visit, client) : ''),
      actions: {
        rotate: {
          isOnce: true,
          isSensitive: true,
          run: async (visit) => {
            const found = await applicationOf(visit, clients)
            checkMayTrust(visit.user, found)
            const overlap = overlaps.find(({ value }) => value === visit.text('overlap'))?.seconds
            const rotating = clients.startSecretRotation(found.id, {
              by: visit.by,
              ...(overlap === undefined ? {} : { overlap }),
            })
            const { client, secret } = await rotating
            return applicationSecret({ client, secret, origin, title: 'The new secret' })
          },
        },
        cancel: {
          run: async (visit) => {
            const { id } = await applicationOf(visit, clients)
            await clients.cancelSecretRotation(id, { by: visit.by })
            return leave(`${applicationPath(id)}credentials/`, 'The new secret is dead. The old one goes on.')
          },
        },
      },
    }),
    finishScreen(stores),
  ]
}

const overlaps = [
  { value: '7d', text: '7 days', seconds: 604_800 },
  { value: '1d', text: '24 hours', seconds: 86_400 },
  { value: '1h', text: '1 hour', seconds: 3600 },
  { value: 'none', text: 'Until it is finished by hand', seconds: null },
  { value: '0', text: 'The old one is dead at once', seconds: 0 },
] as const

function secretPart(visit: Visit, client: ClientRecord): Markup {
  const { rotation } = client
  if (rotation === null) {
    return html`<section aria-labelledby="secret-heading">
      <h2 id="secret-heading">Secret</h2>
      ${facts([['Last used', momentOr(client.secretLastUsedAt)]])}
      <p>It cannot be shown again. A new one works beside it until everything uses the new one.</p>
      ${postForm({
        to: visit.path,
        proof: visit.onceForm,
        action: 'rotate',
        button: 'Make a new secret',
        kind: 'second',
        content: select({
          id: 'overlap',
          name: 'overlap',
          label: 'The old one goes on for',
          choices: overlaps.map(({ value, text }) => ({ value, text })),
        }),
      })}
    </section>`
  }
  return html`<section aria-labelledby="secret-heading">
    <h2 id="secret-heading">Two secrets work now</h2>
    ${facts([
      ['Old one last used', momentOr(rotation.oldLastUsedAt)],
      ['New one last used', momentOr(rotation.newLastUsedAt)],
      ['Old one ends by itself', momentOr(rotation.endsAt, 'not before it is finished')],
    ])}
    <p>
      ${rotation.newLastUsedAt === null ? 'Nobody has used the new one yet.' : 'The new one is in use.'} Finish once the
      old one is not used any more.
    </p>
    <div class="buttons">
      <a class="button small" id="finish" href="${applicationPath(client.id)}credentials/finish/"
        >Finish: end the old secret</a
      >
      ${postForm({ to: visit.path, proof: visit.form, action: 'cancel', button: 'Cancel: end the new secret', kind: 'second', isInline: true })}
    </div>
  </section>`
}

/** Asks before the old secret ends, and warns where it was used in the last day. */
function finishScreen({ clients, clock }: ApplicationCredentialsStores): Screen {
  return {
    path: 'applications/:id/credentials/finish/',
    show: async (visit) => {
      const client = await applicationOf(visit, clients)
      const { title, crumbs = [] } = applicationFrame(client)
      const back = `${applicationPath(client.id)}credentials/`
      const used = client.rotation?.oldLastUsedAt ?? null
      const isInUse = used !== null && used > clock() - 86_400_000
      return {
        title: 'End the old secret?',
        crumbs: [...crumbs, { href: applicationPath(client.id), text: title }, { href: back, text: 'Credentials' }],
        content: html`${isInUse ? html`<p class="note" id="in-use">The old secret was used in the last 24 hours: ${momentOr(used)}. Whatever used it fails afterwards.</p>` : ''}
        ${confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'finish',
          button: 'End the old secret',
          what: 'From now on only the new secret works.',
          stops: ['the old secret'],
          cancel: back,
        })}`,
      }
    },
    actions: {
      finish: {
        run: async (visit) => {
          const { id } = await applicationOf(visit, clients)
          await clients.finishSecretRotation(id, { by: visit.by })
          return leave(`${applicationPath(id)}credentials/`, 'Only the new secret works now.')
        },
      },
    },
  }
}
