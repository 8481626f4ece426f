import { html } from 'hono/html'
import type { GivenClient } from '../oauth/client-wire.ts'
import type { ClientRecord } from '../oauth/clients.ts'
import type { ScopeCatalogue } from '../oauth/scopes.ts'
import { choices, chosenIn, textControl } from '../pages/controls.ts'
import type { Markup } from '../pages/layout.ts'
import type { Faults } from '../screens/faults.ts'
import type { Posted } from '../screens/screen.ts'
import { wordsIn } from '../screens/words-in.ts'
import type { AppType } from './app-types.ts'

/** What people set of an application themselves, as texts. */
export interface AppFields {
  readonly name: string
  readonly redirects: string
  readonly clientUri: string
  readonly policyUri: string
  readonly scopes: readonly string[]
}

export const noFields: AppFields = { name: '', redirects: '', clientUri: '', policyUri: '', scopes: [] }

/** What is registered of an application, to be changed in the form. */
export function fieldsOf({ name, scopes, metadata }: ClientRecord): AppFields {
  const { redirectUris = [], clientUri = '', policyUri = '' } = metadata
  return { name, redirects: redirectUris.join('\n'), clientUri, policyUri, scopes }
}

export function fieldsIn({ text, fields }: Posted, scopes: ScopeCatalogue): AppFields {
  return {
    name: text('name'),
    redirects: text('redirects'),
    clientUri: text('client_uri'),
    policyUri: text('policy_uri'),
    scopes: chosenIn(fields, 'scope', Object.keys(scopes)),
  }
}

/** The same for the store, which checks it. */
export function valuesOf({ name, redirects, clientUri, policyUri, scopes }: AppFields, type: AppType): GivenClient {
  return {
    name,
    scopes,
    clientUri: clientUri || null,
    policyUri: policyUri || null,
    ...(type.hasRedirects ? { redirectUris: wordsIn(redirects) } : {}),
  }
}

/** `reviewed`: scopes that somebody has looked at already; the others are marked. */
export function appForm(
  type: AppType,
  fields: AppFields,
  scopes: ScopeCatalogue,
  faults: Faults = {},
  reviewed: readonly string[] = [],
): Markup {
  return html`${textControl({
    id: 'app-name',
    name: 'name',
    label: 'Name',
    required: true,
    maxLength: 100,
    value: fields.name,
    hint: type.isMachine
      ? undefined
      : 'People see it where they are asked to allow it, beside the organisation that it belongs to, or your username.',
    wrong: faults['name'] ?? faults['main'],
  })}
  ${
    type.hasRedirects
      ? textControl({
          id: 'app-redirects',
          name: 'redirects',
          label: 'Redirect addresses',
          required: true,
          isLong: true,
          value: fields.redirects,
          hint: html`One a line; they are compared letter by letter, and there are no wildcards. For example:
            <code>${type.example}</code>`,
          wrong: faults['redirectUris'],
        })
      : ''
  }
  ${choices({
    id: 'app-scopes',
    name: 'scope',
    label: type.isMachine ? 'It may' : 'It may ask people to let it',
    hint: type.isMachine
      ? undefined
      : 'Somebody has yet to look at what is marked “needs review”. Ask for that at the page of the app.',
    choices: Object.entries(scopes).map(([value, text]) => ({
      value,
      text,
      hint: type.isMachine || reviewed.includes(value) ? value : `${value} · needs review`,
    })),
    values: fields.scopes,
    wrong: faults['scopes'],
  })}
  ${textControl({
    id: 'app-client-uri',
    name: 'client_uri',
    label: 'Home page',
    type: 'url',
    value: fields.clientUri,
    wrong: faults['clientUri'],
  })}
  ${textControl({
    id: 'app-policy-uri',
    name: 'policy_uri',
    label: 'Privacy page',
    type: 'url',
    value: fields.policyUri,
    wrong: faults['policyUri'],
  })}`
}

/** The ids of the controls, by what the store calls their values. */
export const appControls: Readonly<Record<string, string>> = {
  main: 'app-name',
  name: 'app-name',
  redirectUris: 'app-redirects',
  scopes: 'app-scopes',
  clientUri: 'app-client-uri',
  policyUri: 'app-policy-uri',
}
