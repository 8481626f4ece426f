import { html } from 'hono/html'
import { duration, hiddenField, moment } from './components.ts'
import type { Markup, Site } from './layout.ts'
import { type Publisher, publisherInWords } from './publisher-in-words.ts'

/** What every page has that asks a person whether an application may. */
export interface AskingPage {
  readonly site?: Site
  /** Where the form goes. */
  readonly action: string
  /** What the form carries, unseen: what is asked about, and what proves that the form is ours. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** The name of the buttons. Their values are `allow` and `deny`. */
  readonly decision: string
  /** What the application calls itself. */
  readonly application: string
  /** Who stands behind it, by what is registered here. */
  readonly publisher: Publisher
  /** Whether somebody here has looked at it. */
  readonly isReviewed: boolean
  /** Its picture, as a path of this site (none). */
  readonly logo?: string | null
  /** Its own pages, such as the one on privacy (none). */
  readonly ownPages?: readonly OwnPage[]
  /** Who is signed in, and where to go for somebody else; `null`: nowhere. */
  readonly user: string
  readonly otherUser: string | null
  /** What it asks for. */
  readonly scopes: readonly AskedScope[]
  /** Which of them the person may leave out (none). */
  readonly choice?: ScopeChoice | undefined
  /** Hosts of the resources it asks for, where it is not this site alone. */
  readonly resources: readonly string[]
  /** How long it keeps what it is allowed. */
  readonly lasts: Lasts
}

/**
 * What a scope lets an application do: look, change things, go on while nobody is there, or more than people expect of an
 * application.
 */
export const risks = ['sensitive', 'changes', 'reads', 'lasts'] as const

export type Risk = (typeof risks)[number]

export interface AskedScope {
  /** What it allows, as it stands in the catalogue. */
  readonly sentence: string
  readonly risk: Risk
  /** The value of its box, where there is a choice; `null`: it cannot be left out. */
  readonly value: string | null
}

export interface Lasts {
  /** At most. */
  readonly seconds: number
  /** The moment of that, in milliseconds since 1970 (it begins once they allow it). */
  readonly until?: number | undefined
  /** Whether it goes on once the person has signed out. */
  readonly isOffline: boolean
}

/** A page of an application: what it is, in a word or two, and its address. */
export interface OwnPage {
  readonly text: string
  readonly href: string
}

/** Check boxes beside the sentences, which belong to the form `form` and are all ticked to begin with. */
export interface ScopeChoice {
  readonly form: string
  /** The name of the boxes. */
  readonly field: string
}

/** Who wants to use whose account. `where` is said behind the name of the application. */
export function whoAsks(
  { user, otherUser, logo = null, publisher, isReviewed }: AskingPage,
  name: string,
  where = '',
): Markup {
  return html`${
      logo === null ? '' : html`<img class="app-logo" id="logo" src="${logo}" alt="" width="64" height="64" />`
    }
    <p>
      <strong id="application"><bdi>${name}</bdi></strong
      >${where} would like to use your account <strong id="account"><bdi>${user}</bdi></strong
      >. ${otherUser === null ? '' : html`<a href="${otherUser}" id="other-account">Use another account</a>`}
    </p>
    <p class="quiet" id="publisher">${publisherInWords(publisher)}</p>
    ${isReviewed ? html`<p class="quiet" id="reviewed">Reviewed: somebody who runs this site has looked at this application.</p>` : ''}`
}

/** What it asks for, the most far-reaching first, and for how long. */
export function whatIsAsked({ scopes, resources, choice, lasts }: AskingPage): Markup {
  const boxes = scopes.map((scope, index) => ({ ...scope, index }))
  const groups = risks.map((risk) => ({ risk, asked: boxes.filter((one) => one.risk === risk) }))
  return html`<h2 id="scopes-heading">It will be able to</h2>
    <div id="scopes">
      ${groups.map(({ risk, asked }) =>
        asked.length === 0
          ? ''
          : html`<h3 class="risk ${risk}" id="risk-${risk}">${headings[risk]}</h3>
              <ul class="points" aria-labelledby="risk-${risk}">
                ${asked.map((scope) => html`<li>${mayBeLeftOut(scope, scope.index, choice)}</li>`)}
              </ul>`,
      )}
    </div>
    ${
      resources.length === 0
        ? ''
        : html`<p>
            This is for: ${resources.map((host, index) => html`${index === 0 ? '' : ', '}<strong>${host}</strong>`)}.
          </p>`
    }
    <p class="quiet" id="how-long">${howLong(lasts)}</p>`
}

const headings: Readonly<Record<Risk, string>> = {
  sensitive: 'Sensitive: allow this only if you are sure',
  changes: 'Change things',
  reads: 'Look at things',
  lasts: 'While you are away',
}

function howLong({ seconds, until, isOffline }: Lasts): Markup {
  const moments = until === undefined ? '' : html` (${moment(until)})`
  return html`${
    isOffline
      ? html`It may do so for ${duration(seconds)} at most${moments}, also once you have signed out here.`
      : html`It may do so until you sign out here, and for ${duration(seconds)} at most${moments}.`
  }
  You can take this back in your account at any time.`
}

function mayBeLeftOut(
  { sentence, value }: AskedScope,
  index: number,
  choice: ScopeChoice | undefined,
): Markup | string {
  if (choice === undefined || value === null) return sentence
  const { form, field } = choice
  return html`<label class="check" for="scope-${index}"
    ><input
      type="checkbox"
      id="scope-${index}"
      form="${form}"
      name="${field}"
      value="${value}"
      checked
    />${sentence}</label
  >`
}

/** Its own pages. Where nobody here has looked at it, nothing leads there: anybody can register another place. */
export function itsOwnPages({ ownPages = [], isReviewed }: AskingPage): Markup | '' {
  if (ownPages.length === 0) return ''
  return html`<ul class="points quiet" id="own-pages">
    ${ownPages.map(
      ({ text, href }) =>
        html`<li>
          ${
            isReviewed && href.startsWith('https://')
              ? html`<a href="${href}" target="_blank" rel="noopener noreferrer">${text} (opens a new page)</a>`
              : html`${text}: <bdi>${href.length > longest ? `${href.slice(0, longest)}…` : href}</bdi>`
          }
        </li>`,
    )}
  </ul>`
}

/** Characters that are shown of an address. */
const longest = 100

/** A warning where nobody has looked at the application. */
export function notReviewed({ isReviewed }: AskingPage): Markup | '' {
  if (isReviewed) return ''
  return html`<p class="note" id="not-reviewed">
    Not reviewed: nobody who runs this site has looked at this application, and its name may be made up.
  </p>`
}

/** The form with the two buttons, which have the same weight, and what stands above them. Their ids begin with `id`. */
export function decisionForm(
  { action, fields, decision }: AskingPage,
  form: string,
  id: string,
  { above = '', no = 'Cancel' }: { readonly above?: Markup | ''; readonly no?: string } = {},
): Markup {
  return html`<form method="post" action="${action}" id="${form}">
    ${fields.map(([field, value]) => hiddenField(field, value))} ${above}
    <div class="choice">
      <button class="button second" type="submit" name="${decision}" value="deny" id="${id}-deny">${no}</button>
      <button class="button second" type="submit" name="${decision}" value="allow" id="${id}-allow">Allow</button>
    </div>
  </form>`
}
