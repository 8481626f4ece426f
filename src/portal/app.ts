import { html } from 'hono/html'
import { RequestRefused } from '../core/errors.ts'
import type { UnreviewedApps } from '../oauth/app-testers.ts'
import type { AppReview, AppReviews } from '../oauth/app-reviews.ts'
import type { ClientRecord, Clients } from '../oauth/clients.ts'
import type { CountPeople } from '../oauth/count-people.ts'
import type { ScopeCatalogue } from '../oauth/scopes.ts'
import { moment } from '../pages/components.ts'
import { apiCall } from '../pages/api-call.ts'
import { badge, codeBlock, copyAs, facts, history, momentOr } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { reviewBadge } from '../pages/review-thread.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import { leave, type Outcome, type Posted, type Screen, type View, type Visit } from '../screens/screen.ts'
import type { AuditLog } from '../storage/audit-log.ts'
import { appFrame } from './app-frame.ts'
import { appControls, type AppFields, appForm, fieldsIn, fieldsOf, valuesOf } from './app-form.ts'
import { allowedBy, stopsOf } from './app-people.ts'
import { appTypes, typeOf } from './app-types.ts'
import { appSecret } from './apps.ts'
import { historyOf } from './history.ts'
import { ownApp } from './own-app.ts'
import { stopSection } from './stop-section.ts'
import { typedDeletion } from './typed-deletion.ts'
import { pathSegment } from '../screens/path-segment.ts'

export interface AppScreenOptions {
  readonly clients: Clients
  readonly auditLog: Pick<AuditLog, 'list'>
  readonly scopes: ScopeCatalogue
  readonly baseUrl: string
  readonly countPeople: CountPeople
  readonly reviews: Pick<AppReviews, 'of'>
  /** Who may use what is not reviewed, beside its owner. */
  readonly unreviewedApps: UnreviewedApps
}

/** What is said of that. */
const forWhom = {
  testers: 'it is for you and its test users',
  everybody: 'people are warned of it',
} as const

const crumbs = [{ href: '/portal/apps/', text: 'My apps' }]

/** One application of one's own: what it is registered with, its secret, and the end of it. */
export function app({
  clients,
  auditLog,
  scopes,
  baseUrl,
  countPeople,
  reviews,
  unreviewedApps,
}: AppScreenOptions): Screen {
  const found = async (visit: Visit): Promise<ClientRecord> => ownApp(clients, visit)
  /** What it has stays choosable, should the catalogue have lost it. */
  const scopesFor = ({ scopes: own }: ClientRecord): ScopeCatalogue => ({
    ...Object.fromEntries(own.map((name) => [name, name])),
    ...scopes,
  })

  async function show(
    visit: Visit,
    client: ClientRecord,
    fields: AppFields = fieldsOf(client),
    faults: Faults = {},
  ): Promise<View> {
    const type = typeOf(client) ?? appTypes[0]
    if (type === undefined) throw new TypeError('There are no kinds of applications.')
    const review = await reviews.of(client)
    return {
      ...appFrame(client),
      problems: problemsOf(faults, appControls),
      content: html`${facts([
          ['Client id', html`<code id="client-id">${client.id}</code>`],
          ['Kind', type.text],
          ['Status', client.isActive ? badge('on', 'good') : badge('off', 'note')],
          [
            'Review',
            html`${reviewBadge(review.state)}
              <a href="${visit.path}review/" id="to-review">${review.state === 'none' ? 'Ask for one' : 'See it'}</a
              >${wanted(review)}`,
          ],
          ['Registered', moment(client.createdAt)],
          ['Allowed by', allowedBy(await countPeople(client.id))],
        ])}
        ${endpoints(baseUrl, type.hasRedirects)} ${client.hasSecret ? secretSection(visit, client) : ''}
        <section>
          <h2>Settings</h2>
          ${postForm({
            to: visit.path,
            proof: visit.form,
            action: 'save',
            button: 'Save',
            content: appForm(type, fields, scopesFor(client), faults, review.state === 'reviewed' ? client.scopes : []),
          })}
        </section>
        ${stopSection(visit, {
          isOn: client.isActive,
          isHeld: client.isHeld,
          what: 'An app that is off gets no tokens, and those it has are refused, until it is switched on again.',
          end: ['delete', 'Delete'],
          also: ['revoke-tokens', 'Revoke all tokens'],
        })}
        ${history(await historyOf(auditLog, `client:${client.id}`, visit.user.id))}
        ${copyAs({ call: apiCall(baseUrl, 'GET', `/api/account/apps/${pathSegment(client.id)}/`) })}`,
    }
  }

  async function save(visit: Posted): Promise<Outcome> {
    const client = await found(visit)
    const type = typeOf(client)
    if (type === undefined) throw new RequestRefused('conflict', 'This app is looked after by an administrator.')
    const fields = fieldsIn(visit, scopesFor(client))
    const action = { by: visit.by, owner: visit.user.id }
    try {
      await clients.update(client.id, valuesOf(fields, type), action)
    } catch (error) {
      return show(visit, client, fields, faultsOf(error))
    }
    const isReviewed = client.source === 'manual'
    const more = isReviewed ? ` Until somebody has reviewed it again, ${forWhom[unreviewedApps]}.` : ''
    return leave(visit.path, `The app is changed.${more}`)
  }

  const does = (
    work: (id: string, action: { by: Visit['by']; owner: string }) => Promise<unknown>,
    message: string,
  ) => ({
    run: async (visit: Posted): Promise<Outcome> => {
      const { id } = await found(visit)
      await work(id, { by: visit.by, owner: visit.user.id })
      return leave(visit.path, message)
    },
  })

  return {
    path: 'apps/:id/',
    show: async (visit) => show(visit, await found(visit)),
    actions: {
      save: { isSensitive: true, run: save },
      roll: {
        isOnce: true,
        isSensitive: true,
        run: async (visit) => {
          const client = await found(visit)
          const { secret } = await clients.startSecretRotation(client.id, { by: visit.by, owner: visit.user.id })
          const content = appSecret(client.id, secret, typeOf(client), baseUrl, visit.path)
          return {
            title: 'Your new client secret',
            crumbs: [...crumbs, { href: visit.path, text: client.name }],
            content,
          }
        },
      },
      finish: does(async (id, action) => clients.finishSecretRotation(id, action), 'Only the new secret works now.'),
      cancel: does(
        async (id, action) => clients.cancelSecretRotation(id, action),
        'The new secret is dead; the old one goes on.',
      ),
      disable: does(async (id, action) => clients.disable(id, action), 'The app is off.'),
      enable: does(async (id, action) => clients.enable(id, action), 'The app is on.'),
    },
  }
}

/** Asks before an application is deleted. */
export function deleteApp({ clients, countPeople }: Pick<AppScreenOptions, 'clients' | 'countPeople'>): Screen {
  return typedDeletion<ClientRecord>({
    path: 'apps/:id/delete/',
    find: async (visit) => ownApp(clients, visit),
    about: async ({ id }) => ({
      title: 'Delete the app?',
      crumbs,
      what: 'It is gone at once and for good. Whoever uses it is signed out of it.',
      stops: stopsOf(await countPeople(id)),
      page: `/portal/apps/${pathSegment(id)}/`,
    }),
    remove: async ({ id }, { by, user }) => clients.delete(id, { by, owner: user.id }),
    done: ['/portal/apps/', 'The app is deleted.'],
  })
}

/** What has to be changed, in the words of whoever reviewed it. */
function wanted({ state, messages }: AppReview): Markup | string {
  const last = messages.findLast(({ kind }) => kind === 'returned')
  return state === 'returned' && last !== undefined ? html`<p class="message" id="wanted">${last.text}</p>` : ''
}

function endpoints(baseUrl: string, hasRedirects: boolean): Markup {
  const lines = [
    `issuer        ${baseUrl}`,
    ...(hasRedirects ? [`authorization ${baseUrl}/o/authorize/`] : []),
    `token         ${baseUrl}/o/token/`,
    `metadata      ${baseUrl}/.well-known/openid-configuration`,
  ]
  return codeBlock('endpoints', 'Addresses for its settings', lines.join('\n'))
}

function secretSection(visit: Visit, { rotation, secretLastUsedAt }: ClientRecord): Markup {
  return html`<section>
    <h2>Secret</h2>
    ${
      rotation === null
        ? html`<p>
              Last used: ${momentOr(secretLastUsedAt)}. Once it is rotated, the old one goes on for a week beside the
              new one.
            </p>
            ${postForm({ to: visit.path, proof: visit.onceForm, action: 'roll', button: 'Rotate the secret', kind: 'second', isInline: true })}`
        : html`${facts([
              [
                'Old secret',
                html`last used ${momentOr(rotation.oldLastUsedAt)}, ends ${momentOr(rotation.endsAt, 'when you say so')}`,
              ],
              ['New secret', html`last used ${momentOr(rotation.newLastUsedAt)}`],
            ])}
            <div class="buttons">
              ${postForm({ to: visit.path, proof: visit.form, action: 'finish', button: 'Finish: end the old one', isInline: true })}
              ${postForm({ to: visit.path, proof: visit.form, action: 'cancel', button: 'Cancel: end the new one', kind: 'second', isInline: true })}
            </div>`
    }
  </section>`
}
