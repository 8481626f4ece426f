import { decodeUtf8 } from '../http/decode-utf8.ts'
import { type FormFields, parseRepeatedForm } from '../http/form.ts'
import { repeatableAuthorizationParameters } from './checks/authorization-parameters.ts'
import { type OAuthParameters, parametersOf } from './oauth-endpoint.ts'

/** What a browser brought to the authorization endpoint, in a query or a form. */
export interface SentRequest {
  /** Names and values of the request, without what is ours. */
  readonly entries: readonly (readonly [name: string, value: string])[]
  /** The same as a query: equal texts are equal requests. */
  readonly text: string
  readonly parameters: OAuthParameters
  /** Parameters that were sent more than once and must not be (RFC 6749, section 3.1). */
  readonly doubled: readonly string[]
  /** The scopes that the person has left ticked, where they were given the choice. */
  readonly ticked: readonly string[]
  /** Everything by name, what is ours too. */
  readonly fields: FormFields
}

/** The names of what our own pages add to a request. */
export interface OwnFields {
  readonly csrf: string
}

/** Says that this very request was put to whoever signs in, and when: see `sign-in-marks.ts`. */
export const markField = 'resume'
/** Ties the form of the consent page to its session and request. */
export const consentField = 'consent_token'
/** The button that was pressed. */
export const decisionField = 'decision'
/** The boxes of the scopes. */
export const scopeField = 'allowed_scope'
/** The organisation that is chosen, and whether that is to be remembered. */
export const choiceField = 'organisation_choice'
export const rememberField = 'remember_organisation'
/** Whether the answer about consent is to be remembered. */
export const rememberConsentField = 'remember_consent'
/** The organisation that the consent page said. */
export const organisationField = 'for_organisation'

/**
 * Reads a request. It does not refuse what is doubled, since a refusal has to go back to a client that is still to be found.
 * Throws `RequestRefused` for what is no form at all.
 */
export function readSentRequest(sent: string | Uint8Array, own: OwnFields): SentRequest {
  const text = typeof sent === 'string' ? sent : decodeUtf8(sent)
  const { fields, repeated } = parseRepeatedForm(text, namesIn(text))
  const ours = new Set([own.csrf, ...ownFields])
  const entries = Object.entries(repeated)
    .filter(([name]) => !ours.has(name))
    .flatMap(([name, values]) => values.map((value) => [name, value] as const))
  return {
    entries,
    text: new URLSearchParams(entries.map(([name, value]) => [name, value])).toString(),
    parameters: parametersOf({ fields, repeated }),
    doubled: Object.entries(repeated)
      .filter(([name, values]) => values.length > 1 && !repeatable.has(name))
      .map(([name]) => name),
    ticked: repeated[scopeField] ?? [],
    fields,
  }
}

const ownFields = [
  markField,
  consentField,
  decisionField,
  scopeField,
  choiceField,
  rememberField,
  rememberConsentField,
  organisationField,
]

const repeatable: ReadonlySet<string> = new Set([...repeatableAuthorizationParameters, scopeField])

/** A form of the consent page, or what would be one: it has anything that only that page has. */
export function isDecision({ fields }: SentRequest, own: OwnFields): boolean {
  return [own.csrf, consentField, decisionField].some((name) => name in fields)
}

/** The query of a request target, without its question mark. */
export function queryText(url: string): string {
  const mark = url.indexOf('?')
  return mark === -1 ? '' : url.slice(mark + 1)
}

function namesIn(text: string): readonly string[] {
  return [...new Set(new URLSearchParams(text).keys())]
}
