import type { Answer } from '../http/exchange.ts'
import { formPostPage } from '../pages/form-post.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import type { Site } from '../pages/layout.ts'
import type { OAuthClient } from './client.ts'
import { refusalMode, type ResponseMode } from './checks/response-type.ts'
import { requestedRedirectUri } from './checks/redirect-uri.ts'
import { formTargets } from './form-targets.ts'
import type { OAuthParameters } from './oauth-endpoint.ts'
import type { OAuthError } from './oauth-error.ts'

/** Where the answer to an authorization request goes. It was held against what the client has registered. */
export interface ReturnAddress {
  readonly client: OAuthClient
  readonly redirectUri: string
  readonly mode: ResponseMode
  readonly state: string | null
}

/** What an answer says, by its names on the wire. `undefined` is left out. */
export type Said = Readonly<Record<string, string | number | undefined>>

export interface AnswerClientOptions {
  readonly issuer: string
  readonly site?: Site
  readonly secure?: boolean
}

/** Sends answers back to clients, by way of the browser. */
export type AnswerClient = (to: ReturnAddress, said: Said) => Promise<Answer>

/** Each answer has the `state` of its request and names its issuer, so that no client takes it for another's (RFC 9207). */
export function createAnswerClient({ issuer, site = {}, secure = true }: AnswerClientOptions): AnswerClient {
  return async ({ client, redirectUri, mode, state }, said) => {
    const all = Object.entries({ ...said, state: state ?? undefined, iss: issuer })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): [string, string] => [name, String(value)])
    if (mode === 'form_post') {
      const page = await formPostPage({ site, action: redirectUri, fields: all, name: client.name })
      return htmlAnswer(page, { secure, keepsOpener: true, formAction: formTargets(client) })
    }
    const location = mode === 'query' ? withQuery(redirectUri, encoded(all)) : `${redirectUri}#${encoded(all)}`
    // RFC 9700, section 4.12: 303, so that no form is ever sent on.
    return { status: 303, headers: [['location', location], ...toNobodyElse], body: '' }
  }
}

/** What a refusal says (RFC 6749, section 4.1.2.1). */
export function refusalOf({ code, message }: OAuthError): Said {
  return { error: code, error_description: message }
}

/** Finds where even a refusal may go. Throws `OAuthError` where that is nowhere. */
export function returnAddress(
  client: OAuthClient,
  parameters: OAuthParameters,
  doubled: readonly string[] = [],
): ReturnAddress {
  return {
    client,
    redirectUri: requestedRedirectUri(client, parameters),
    mode: refusalMode(client, parameters),
    state: doubled.includes('state') ? null : parameters.get('state'),
  }
}

/** What its own query holds stays (RFC 6749, section 3.1.2). */
function withQuery(uri: string, query: string): string {
  if (!uri.includes('?')) return `${uri}?${query}`
  return /[?&]$/.test(uri) ? uri + query : `${uri}&${query}`
}

/** A blank as `%20`, which every decoder reads, that of forms and that of URIs. */
function encoded(entries: [string, string][]): string {
  return new URLSearchParams(entries).toString().replaceAll('+', '%20')
}

const toNobodyElse: Answer['headers'] = [
  ['cache-control', 'no-store'],
  ['pragma', 'no-cache'],
  ['referrer-policy', 'no-referrer'],
]
