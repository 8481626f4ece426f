import { html } from 'hono/html'
import { moment } from './components.ts'
import { layout, type Markup, type Site } from './layout.ts'

export interface ErrorPage {
  readonly site?: Site | undefined
  readonly status: number
  /** The stable code, for those who look it up. */
  readonly code: string
  /** What happened, in a plain sentence. One of ours by `status` where there is none. */
  readonly detail?: string
  /** What to do about it. One of ours by `status` where there is none; `null`: the sentence before says it. */
  readonly todo?: string | null | undefined
  /** What finds the request in the log. */
  readonly requestId?: string | null
  /** When it happened, in milliseconds since 1970. */
  readonly time: number
  /** A way on: where, and what it is called (none). */
  readonly link?: { readonly href: string; readonly text: string } | null
}

/** Says what went wrong, what to do about it, and what to quote to whoever can help. */
export async function errorPage(page: ErrorPage): Promise<string> {
  const { site, status, code, detail, requestId = null, time, link = null } = page
  const { title, what, ...usual } = sentences.get(status) ?? (status >= 500 ? onOurSide : onTheirs)
  const { todo = usual.todo } = page
  const content = html`<p>${detail ?? what}</p>
    ${todo === null ? '' : html`<p>${todo}</p>`}
    ${link === null ? '' : html`<a class="button" href="${link.href}" id="go-on">${link.text}</a>`}
    ${smallPrint({ site, status, code, requestId, time })}`
  return layout({ title, site, content })
}

/** What people quote and developers look up. */
export function smallPrint({
  site,
  status,
  code,
  requestId,
  time,
}: Pick<ErrorPage, 'site' | 'status' | 'code' | 'requestId' | 'time'>): Markup {
  const where = site?.whereExplained?.(code) ?? null
  return html`<dl class="small-print">
    <dt>Error</dt>
    <dd id="error-code">${status} ${where === null ? code : html`<a href="${where}">${code}</a>`}</dd>
    ${
      requestId
        ? html`<dt>Request</dt>
            <dd id="request-id">${requestId}</dd>`
        : ''
    }
    <dt>Time</dt>
    <dd>${moment(time)}</dd>
  </dl>`
}

interface Sentences {
  readonly title: string
  readonly what: string
  readonly todo: string
}

const onOurSide: Sentences = {
  title: 'Something went wrong',
  what: 'The request could not be completed because of a fault on our side.',
  todo: 'Try again in a moment. If it stays so, tell whoever runs this site, and quote what stands below.',
}

const onTheirs: Sentences = {
  title: 'This cannot be done',
  what: 'The request could not be understood.',
  todo: 'Go back and try again. If a link or an application brought you here, tell whoever it is from.',
}

const sentences: ReadonlyMap<number, Sentences> = new Map([
  [
    401,
    { title: 'Sign in first', what: 'This page is for people who are signed in.', todo: 'Sign in, and open it again.' },
  ],
  [
    403,
    {
      title: 'Not allowed',
      what: 'You may not do this.',
      todo: 'Go back, load the page anew and try again. If it stays so, ask whoever runs this site for the permission.',
    },
  ],
  [
    404,
    {
      title: 'Page not found',
      what: 'There is no page at this address.',
      todo: 'Check the address, or go back to where you came from.',
    },
  ],
  [
    405,
    {
      title: 'This cannot be done',
      what: 'This address does not take such a request.',
      todo: 'Go back to the page before and use its buttons.',
    },
  ],
  [
    503,
    {
      title: 'Not available at the moment',
      what: 'The service is busy, or something that it needs is away.',
      todo: 'Try again in a moment.',
    },
  ],
])
