import { html } from 'hono/html'
import { duration, moment } from './components.ts'
import type { Markup } from './layout.ts'

/** How long somebody still has, and until when, both in milliseconds since 1970. In words: no clock runs before their eyes. */
export function timeLeft({ until, now }: { readonly until: number; readonly now: number }): Markup {
  return html`<p class="quiet time-left" id="time-left">
    You have ${wholeDuration(until - now)}, until ${moment(until)}. After that, sign in anew.
  </p>`
}

/** Milliseconds in words, rounded down, so that nobody is promised more than they have. */
function wholeDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const unit = seconds <= 120 ? 1 : seconds <= 7200 ? 60 : 3600
  return duration(Math.floor(seconds / unit) * unit)
}
