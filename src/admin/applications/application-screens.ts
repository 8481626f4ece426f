import { html } from 'hono/html'
import { copyAs, facts } from '../../pages/facts.ts'
import { moment } from '../../pages/components.ts'
import { chosenIn } from '../../pages/controls.ts'
import type { Screen } from '../../screens/screen.ts'
import { toWire } from '../../oauth/client-wire.ts'
import { answeringFor } from '../answering.ts'
import { applicationCredentials, type ApplicationCredentialsStores } from './application-credentials.ts'
import { applicationDanger, type ApplicationDangerStores } from './application-danger.ts'
import type { ApplicationField } from './application-fields.ts'
import { applicationPath } from './application-frame.ts'
import { applicationForms } from './application-forms.ts'
import { applicationGrants, type ApplicationGrantsStores } from './application-grants.ts'
import { applicationHistory } from './application-history.ts'
import { applicationLogo } from './application-logo.ts'
import { applicationNew, type ApplicationNewStores } from './application-new.ts'
import { applicationOwner, type ApplicationOwnerStores } from './application-owner.ts'
import { applicationPage } from './application-page.ts'
import { applicationPreview, type ApplicationPreviewStores } from './application-preview.ts'
import { applicationReview, type ApplicationReviewStores, reviewLink } from './application-review.ts'
import { applicationState, applicationsList, type ApplicationsListStores } from './applications-list.ts'
import { applicationTest, type ApplicationTestStores } from './application-test.ts'
import { typeText } from './application-types.ts'
import { apiCall } from '../../pages/api-call.ts'
import { configOf } from '../config-of.ts'
import { doneThrough, type Historian, historyOf } from '../history-of.ts'
import { linked } from '../linked.ts'
import { scopeChoices } from './scope-choices.ts'
import { clientStanza, type StanzaNames } from '../stanzas.ts'

export type ApplicationScreensStores = ApplicationsListStores &
  ApplicationReviewStores &
  ApplicationNewStores &
  ApplicationCredentialsStores &
  ApplicationGrantsStores &
  ApplicationTestStores &
  ApplicationPreviewStores &
  ApplicationOwnerStores &
  ApplicationDangerStores &
  StanzaNames &
  Historian

/** The pages about clients of the authorization server. */
export function applicationScreens(stores: ApplicationScreensStores): readonly Screen[] {
  const { names, origin, scopes } = stores
  return [
    applicationsList(stores),
    applicationNew(stores),
    applicationPage(stores, {
      path: '',
      fields: settingsFields(stores.legacyGrants),
      above: async (_visit, client) =>
        html`${facts([
          ['Client id', html`<code id="client-id">${client.id}</code>`],
          ['Type', typeText(client)],
          ['Client type', client.isConfidential ? 'Confidential' : 'Public'],
          ['Status', applicationState(client)],
          [
            'Owner',
            html`${linked(answeringFor(client), await names([answeringFor(client) ?? '']))} ·
              <a href="${applicationPath(client.id)}owner/" id="change-owner">Change</a>`,
          ],
          ['Registered', moment(client.createdAt)],
          ['Changed', moment(client.updatedAt)],
        ])}
        ${reviewLink(client)}`,
      below: async (_visit, client) =>
        html`${await historyOf(stores, `client:${client.id}`)} ${doneThrough(`client:${client.id}`)}
        ${copyAs({
          call: apiCall(origin, 'PATCH', `/api/admin/clients/${encodeURIComponent(client.id)}/`, toWire(client)),
          config: configOf('clients', await clientStanza(client, stores)),
        })}`,
    }),
    applicationReview(stores),
    applicationLogo(stores),
    ...applicationCredentials(stores),
    applicationPage(stores, {
      path: 'scopes/',
      fields: applicationForms.scopes,
      more: {
        controls: ({ scopes: chosen }, faults) =>
          scopeChoices(scopes, Array.isArray(chosen) ? (chosen as readonly string[]) : [], faults['scopes']),
        given: (sent) => {
          const all = Object.keys(sent)
            .filter((name) => name.startsWith('scope_'))
            .map((name) => name.slice(6))
          return { scopes: chosenIn(sent, 'scope', all) }
        },
      },
    }),
    applicationPage(stores, { path: 'tokens/', fields: applicationForms.tokens }),
    applicationGrants(stores),
    applicationTest(stores),
    applicationPreview(stores),
    applicationOwner(stores),
    applicationHistory(stores),
    ...applicationDanger(stores),
  ]
}

/** Grants that are not offered here are no choice. */
function settingsFields(legacyGrants: readonly string[]): readonly ApplicationField[] {
  return applicationForms.settings.map((field) =>
    field.name !== 'grantTypes' || field.choices === undefined
      ? field
      : {
          ...field,
          choices: field.choices.filter(
            ({ value }) => (value !== 'password' && value !== 'implicit') || legacyGrants.includes(value),
          ),
        },
  )
}
