import { html } from 'hono/html'
import { duration, moment } from './components.ts'
import { smallPrint } from './error.ts'
import { layout, type Site } from './layout.ts'

export interface TooManyPage {
  readonly site?: Site
  /** Seconds to wait. */
  readonly wait: number
  /** The stable code, such as `too_many_attempts`. */
  readonly code: string
  /** Where to try again. */
  readonly again: string
  readonly requestId?: string | null
  /** When it happened, in milliseconds since 1970. */
  readonly time: number
}

/** Says how long to wait, until when, and what else there is to do. The same for accounts that exist and that do not. */
export async function tooManyPage({ site, wait, code, again, requestId = null, time }: TooManyPage): Promise<string> {
  const content = html`<p role="status">
      There were too many tries from here. Wait <strong>${duration(wait)}</strong>, until ${moment(time + wait * 1000)},
      and try once more. The right password does not help before that.
    </p>
    <p>
      If you do not know your password, ask whoever runs this site to set a new one. If it was not you who tried, tell
      them.
    </p>
    <a class="button second" href="${again}" id="try-again">Back to sign in</a>
    ${smallPrint({ status: 429, code, requestId, time })}`
  return layout({ title: 'Too many tries', site, content })
}
