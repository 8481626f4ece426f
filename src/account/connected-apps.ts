import { html } from 'hono/html'
import { RequestRefused } from '../core/errors.ts'
import type { AllowedClient, AllowedClients, AllowedOrganisation } from '../oauth/allowed-clients.ts'
import { scopeSentence } from '../oauth/scope-sentence.ts'
import { moment } from '../pages/components.ts'
import { confirmation } from '../pages/forms.ts'
import { publisherInWords } from '../pages/publisher-in-words.ts'
import { shownName } from '../pages/shown-name.ts'
import { leave, type Screen, type Visit } from '../screens/screen.ts'
import { pathSegment } from '../screens/path-segment.ts'

export interface ConnectedAppsOptions {
  readonly allowedClients: AllowedClients
  /** What each scope allows, as a sentence. */
  readonly scopes: Readonly<Record<string, string>>
}

/** The applications that a person has let in, and what each may. */
export function connectedApps({ allowedClients, scopes }: ConnectedAppsOptions): Screen {
  return {
    path: 'apps/',
    menu: { text: 'Connected apps' },
    show: async (visit) => {
      const all = await allowedClients.list(visit.user.id)
      return {
        title: 'Connected apps',
        content:
          all.length === 0
            ? html`<div class="empty" id="no-apps">
                You have let no application in. When one asks to use your account, it is listed here, and you can take
                it back.
              </div>`
            : html`<p>You allowed these to use your account. What you take back ends at once.</p>
                ${all.map((one) => appPanel(visit, one, scopes))}`,
      }
    },
  }
}

/** Asks before an application is shut out. */
export function disconnectApp({ allowedClients, scopes }: ConnectedAppsOptions): Screen {
  async function found({ user, params }: Visit): Promise<AllowedClient> {
    const one = (await allowedClients.list(user.id)).find(({ clientId }) => clientId === params['id'])
    if (one === undefined) throw new RequestRefused('not_found', 'This application has no access to your account.')
    return one
  }
  return {
    path: 'apps/:id/',
    show: async (visit) => {
      const one = await found(visit)
      const name = shownName(one.name)
      return {
        title: `Take ${name} out?`,
        crumbs: [{ href: '/account/apps/', text: 'Connected apps' }],
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'withdraw',
          button: 'Take it out',
          what: `${name} cannot use your account any more, unless you allow it again.`,
          stops: [
            ...(one.grants === 0 ? [] : [signedOut(one.grants)]),
            ...(one.isOffline ? ['what it does while you are away'] : []),
            html`what it was allowed:
              <ul class="points" id="allowed">
                ${one.scopes.map((scope) => html`<li>${scopeSentence(scopes, scope)}</li>`)}
                ${one.resources.map((resource) => html`<li>At <bdi>${resource}</bdi></li>`)}
              </ul>`,
          ],
          cancel: '/account/apps/',
        }),
      }
    },
    actions: {
      withdraw: {
        isForActing: true,
        run: async (visit) => {
          const { clientId } = await found(visit)
          await allowedClients.withdraw(visit.user.id, clientId, visit.by)
          return leave('/account/apps/', 'The application is out.')
        },
      },
    },
  }
}

function appPanel(
  { path }: Visit,
  {
    clientId,
    name,
    publisher,
    isReviewed,
    scopes,
    resources,
    since,
    lastUsedAt,
    isOffline,
    organisations,
  }: AllowedClient,
  catalogue: ConnectedAppsOptions['scopes'],
): ReturnType<typeof html> {
  const id = `app-${clientId.replaceAll(/\W/g, '-')}`
  return html`<section class="panel" aria-labelledby="${id}">
    <h2 id="${id}"><bdi>${shownName(name)}</bdi></h2>
    <p id="${id}-publisher">${publisherInWords(publisher)} ${isReviewed ? looked : notLooked}</p>
    <ul class="points">
      ${scopes.map((scope) => html`<li>${scopeSentence(catalogue, scope)}</li>`)}
      ${resources.map((resource) => html`<li>At <bdi>${resource}</bdi></li>`)}
    </ul>
    ${organisations === null ? '' : html`<p id="${id}-organisations">${whereOf(organisations)}</p>`}
    <p class="quiet" id="${id}-use">
      Since ${moment(since)}${isOffline ? ', also while you are away' : ''}.
      ${lastUsedAt === null ? 'When it was last used is not known.' : html`Last used ${moment(lastUsedAt)}.`}
    </p>
    <a class="button small second" href="${path}${pathSegment(clientId)}/" id="${id}-out">Take it out</a>
  </section>`
}

const looked = 'Somebody who runs this site has looked at it.'
const notLooked = 'Nobody who runs this site has looked at it.'

function signedOut(grants: number): string {
  const where = grants === 1 ? '' : `, in all ${grants} places where you let it in`
  return `it is signed out of your account${where}`
}

/** An application that was let in for some organisations does nothing in the others, and sees none of them. */
function whereOf(organisations: readonly AllowedOrganisation[]): ReturnType<typeof html> {
  if (organisations.length === 0) return html`For organisations that you are in no longer.`
  const names = organisations.map(({ name, slug }) => html`<bdi>${shownName(name, slug)}</bdi>`)
  const before = (index: number): string => (index === 0 ? '' : index === names.length - 1 ? ' and ' : ', ')
  return html`Only in ${names.map((name, index) => html`${before(index)}${name}`)}.`
}
