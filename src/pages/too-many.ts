import { html } from 'hono/html'
import { duration, moment } from './components.ts'
import { smallPrint } from './error.ts'
import { layout, type Site } from './layout.ts'
import { otherWays } from './notice.ts'

export interface TooManyPage {
  readonly site?: Site
  /** Seconds to wait. */
  readonly wait: number
  /** The stable code, such as `too_many_attempts`. */
  readonly code: string
  /** Where to try again. */
  readonly again: string
  /** What was guessed at (password). */
  readonly guessed?: 'password' | 'device code' | 'code'
  /** Other ways in meanwhile (none). */
  readonly ways?: Parameters<typeof otherWays>[0]
  readonly requestId?: string | null
  /** When it happened, in milliseconds since 1970. */
  readonly time: number
}

/** Says how long to wait, until when, and what else there is to do. The same for accounts that exist and that do not. */
export async function tooManyPage(page: TooManyPage): Promise<string> {
  const { site, wait, code, again, ways = [], requestId = null, time } = page
  const { right, todo, back } = sentences[page.guessed ?? 'password']
  const content = html`<p role="status">
      There were too many tries from here. Wait <strong>${duration(wait)}</strong>, until ${moment(time + wait * 1000)},
      and try once more. ${right}
    </p>
    <p>${ways.length === 0 ? todo : otherwise}</p>
    <a class="button second" href="${again}" id="try-again">${back}</a>
    ${otherWays(ways)} ${smallPrint({ site, status: 429, code, requestId, time })}`
  return layout({ title: 'Too many tries', site, content })
}

const otherwise =
  'There are other ways in, which do not have to wait. If it was not you who tried, tell whoever runs this site.'

const sentences = {
  password: {
    right: 'The right password does not help before that.',
    todo: 'If you do not know your password, ask whoever runs this site to set a new one. If it was not you who tried, tell them.',
    back: 'Back to sign in',
  },
  code: {
    right: 'The right code does not help before that.',
    todo: 'Another way, such as a passkey, works in the meantime. If it was not you who tried, somebody knows your password: change it.',
    back: 'Try another way',
  },
  'device code': {
    right: 'The right code does not help before that.',
    todo: 'Codes live for a short while: start anew on your device then, and type in the new one.',
    back: 'Back to the code',
  },
}
