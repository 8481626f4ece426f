import { html } from 'hono/html'
import type { Answer } from '../http/exchange.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import type { Site } from '../pages/layout.ts'
import { noticePage } from '../pages/notice.ts'

export interface HeldPageOptions {
  readonly site?: Site | undefined
  readonly secure: boolean
  /** Where they sign in once more, and come back from. */
  readonly to: string
  readonly name: string
}

/** Tells somebody whose account needs a second factor by now, and has none, how to add one. */
export async function heldPage({ site, secure, to, name }: HeldPageOptions): Promise<Answer> {
  const says = [
    html`The account <strong id="account"><bdi>${name}</bdi></strong> has to have a second factor by now, and has none.`,
    'Sign in once more: you add one on the way, and come back here.',
  ]
  const links = [{ href: to, text: 'Sign in and add one', id: 'add-second-factor' }]
  const body = await noticePage({ site, title: 'A second factor is needed', says, links })
  return htmlAnswer(body, { status: 403, secure })
}
