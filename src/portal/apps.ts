import { html } from 'hono/html'
import type { UnreviewedApps } from '../oauth/app-testers.ts'
import type { AppReviews } from '../oauth/app-reviews.ts'
import type { Clients } from '../oauth/clients.ts'
import type { ScopeCatalogue } from '../oauth/scopes.ts'
import { badge, emptyState, momentOr } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import { reviewBadge } from '../pages/review-thread.ts'
import { quoted } from '../pages/quoted.ts'
import { secretOnce } from '../pages/secret-once.ts'
import { pager, table } from '../pages/table.ts'
import type { Markup } from '../pages/layout.ts'
import { askedPage } from '../screens/asked-page.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import { leave, type Outcome, type Posted, type Screen, type View, type Visit } from '../screens/screen.ts'
import { appControls, type AppFields, appForm, fieldsIn, noFields, valuesOf } from './app-form.ts'
import { type AppType, appTypes, typeOf } from './app-types.ts'
import { isTheirs } from '../accounts/is-theirs.ts'
import { pathSegment } from '../screens/path-segment.ts'

export interface AppsOptions {
  readonly clients: Clients
  readonly reviews: Pick<AppReviews, 'states'>
  readonly scopes: ScopeCatalogue
  /** Whether a person may register what acts for itself: nobody is asked about its scopes. */
  readonly mayMakeMachines: (visit: Visit) => Promise<boolean>
  readonly baseUrl: string
  /** Who may use what is not reviewed, beside its owner. */
  readonly unreviewedApps: UnreviewedApps
}

/** The applications that a person answers for. */
export function apps({ clients, reviews }: Pick<AppsOptions, 'clients' | 'reviews'>): Screen {
  return {
    path: 'apps/',
    menu: { text: 'My apps' },
    show: async (visit) => {
      const page = await clients.list({ owner: visit.user.id, ...askedPage(visit.query, size) })
      const { next } = page
      const all = page.clients.filter((client) => isTheirs(client, visit.user))
      const states = await reviews.states(all)
      return {
        title: 'My apps',
        content: html`${
          all.length === 0
            ? ''
            : html`<div class="toolbar">
                <p class="quiet">Applications that ask people to let them in, or act for themselves.</p>
                <a class="button small" href="${visit.path}new/" id="new-app">Register an app</a>
              </div>`
        }
        ${table({
          id: 'apps',
          caption: 'My apps',
          empty: emptyState({
            what: 'An app is software that other people use: it asks them to let it in, and gets a token for each.',
            button: { href: `${visit.path}new/`, text: 'Register an app' },
          }),
          columns: [
            { heading: 'Name' },
            { heading: 'Kind' },
            { heading: 'Client id' },
            { heading: 'Status' },
            { heading: 'Review' },
            { heading: 'Secret last used' },
          ],
          rows: all.map((client) => [
            html`<a href="${visit.path}${pathSegment(client.id)}/"><bdi>${client.name}</bdi></a>`,
            typeOf(client)?.text ?? 'Other',
            html`<code>${client.id}</code>`,
            client.isActive ? badge('on', 'good') : badge('off', 'note'),
            reviewBadge(states.get(client.id) ?? 'none'),
            client.hasSecret ? momentOr(client.secretLastUsedAt) : html`<span class="quiet">has none</span>`,
          ]),
        })}
        ${pager({ path: visit.path, query: visit.query, next, size })}`,
      }
    },
  }
}

const size = 50

/** A new application: first what it is, then what it needs, then its secret, shown this one time. */
export function newApp({ clients, scopes, mayMakeMachines, baseUrl, unreviewedApps }: AppsOptions): Screen {
  const crumbs = [{ href: '/portal/apps/', text: 'My apps' }]

  async function typeFor(visit: Visit, name: string | null): Promise<AppType | null> {
    const type = appTypes.find((one) => one.name === name)
    return type === undefined || (type.isMachine && !(await mayMakeMachines(visit))) ? null : type
  }

  async function chooseType(visit: Visit): Promise<View> {
    const mayMachines = await mayMakeMachines(visit)
    return {
      title: 'What do you build?',
      crumbs,
      content: html`<div class="cards">
          ${appTypes
            .filter(({ isMachine }) => !isMachine || mayMachines)
            .map(
              ({ name, text, what }) =>
                html`<section class="panel">
                  <h2><a href="${visit.path}?type=${name}" id="type-${name}">${text}</a></h2>
                  <p>${what}</p>
                </section>`,
            )}
        </div>
        ${
          mayMachines
            ? ''
            : html`<p class="quiet">
                To register a machine, which acts for itself, you need the permission <code>clients.add</code>; ask
                whoever runs this site. For scripts of your own, <a href="/portal/keys/new/">make a key</a>.
              </p>`
        }`,
    }
  }

  function form(visit: Visit, type: AppType, fields: AppFields, faults: Faults = {}): View {
    return {
      title: `New: ${type.text.toLowerCase()}`,
      crumbs: [...crumbs, { href: '/portal/apps/new/', text: 'What do you build?' }],
      problems: problemsOf(faults, appControls),
      content: postForm({
        to: visit.path,
        proof: visit.onceForm,
        action: 'register',
        button: 'Register',
        fields: { type: type.name },
        content: html`${type.isMachine ? '' : html`<p class="quiet" id="after">${forWhomAtFirst[unreviewedApps]}</p>`}
        ${appForm(type, fields, scopes, faults)}`,
        cancel: '/portal/apps/',
      }),
    }
  }

  async function register(visit: Posted): Promise<Outcome> {
    const type = await typeFor(visit, visit.text('type'))
    if (type === null) return chooseType(visit)
    const fields = fieldsIn(visit, scopes)
    try {
      const values = { ...type.registered, ...valuesOf(fields, type) }
      const { client, secret } = await clients.create(values, { by: visit.by, owner: visit.user.id, source: 'portal' })
      const page = `/portal/apps/${pathSegment(client.id)}/`
      if (secret === null) return leave(page, 'The app is registered. It has no secret: its client id is all it needs.')
      return { title: 'Your new app', crumbs, content: appSecret(client.id, secret, type, baseUrl, page) }
    } catch (error) {
      return form(visit, type, fields, faultsOf(error))
    }
  }

  return {
    path: 'apps/new/',
    isSensitive: true,
    show: async (visit) => {
      const type = await typeFor(visit, visit.query.get('type'))
      return type === null ? chooseType(visit) : form(visit, type, { ...noFields, scopes: startScopes(type, scopes) })
    },
    actions: { register: { isOnce: true, run: register } },
  }
}

/** Who can use it, once it is registered. */
const forWhomAtFirst = {
  testers: 'At first it is for you and for test users whom you name; once it is reviewed, for everybody.',
  everybody: 'Everybody can use it at once; until it is reviewed, people are warned.',
} as const

/** What most begin with. */
function startScopes({ isMachine }: AppType, scopes: ScopeCatalogue): readonly string[] {
  return isMachine ? [] : ['openid', 'profile', 'email', 'offline_access'].filter((name) => Object.hasOwn(scopes, name))
}

/** The secret of an application, with the call that tries it. */
export function appSecret(
  id: string,
  secret: string,
  type: AppType | undefined,
  baseUrl: string,
  page: string,
): Markup {
  const grant =
    type?.isMachine === true
      ? 'client_credentials'
      : 'authorization_code -d code=… -d redirect_uri=… -d code_verifier=…'
  return secretOnce({
    what: 'client secret',
    secret,
    variable: 'CLIENT_SECRET',
    beside: { client_id: id },
    curl: `curl ${quoted(`${baseUrl}/o/token/`)} -d grant_type=${grant} \\\n  --data-urlencode ${quoted(`client_id=${id}`)} --data-urlencode "client_secret=$CLIENT_SECRET"`,
    onward: { href: page, text: 'Go to the app' },
  })
}
