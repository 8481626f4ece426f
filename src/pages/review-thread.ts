import { html } from 'hono/html'
import { moment } from './components.ts'
import { textControl } from './controls.ts'
import { badge } from './facts.ts'
import type { Markup } from './layout.ts'

export interface ShownMessage {
  readonly at: number
  readonly kind: 'asked' | 'said' | 'returned' | 'reviewed'
  /** Who wrote it, in words. */
  readonly who: string
  /** Empty where nothing was said with it. */
  readonly text: string
}

/** What was said about an application, oldest first. */
export function reviewThread(messages: readonly ShownMessage[]): Markup {
  return html`<section class="section" aria-labelledby="thread-heading">
    <h2 id="thread-heading">Messages</h2>
    ${
      messages.length === 0
        ? html`<p class="quiet">Nothing has been written yet.</p>`
        : html`<ol class="history" id="thread">
            ${messages.map(
              ({ at, kind, who, text }) =>
                html`<li>
                  ${moment(at)} <strong><bdi>${who}</bdi></strong> ${did[kind]}
                  ${text === '' ? '' : html`<p class="message">${text}</p>`}
                </li>`,
            )}
          </ol>`
    }
  </section>`
}

const did = { asked: 'asked for a review', said: 'wrote', returned: 'wants a change', reviewed: 'reviewed it' } as const

/** How a review stands, in words. */
export function reviewBadge(state: 'none' | 'waiting' | 'returned' | 'reviewed'): Markup {
  const [text, kind] = stands[state]
  return badge(text, kind)
}

const stands = {
  none: ['not reviewed', 'note'],
  waiting: ['waits for a review', 'note'],
  returned: ['to be changed', 'bad'],
  reviewed: ['reviewed', 'good'],
} as const

/** Where somebody writes to the other side. */
export function messageControl(options: {
  readonly id: string
  readonly label: string
  readonly value?: string
  readonly wrong?: string | undefined
  readonly required?: boolean
}): Markup {
  return textControl({
    ...options,
    name: 'text',
    isLong: true,
    hint: 'Up to 2000 characters. The other side reads it here.',
  })
}
