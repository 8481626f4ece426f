import { html } from 'hono/html'
import type { Markup } from './layout.ts'

/** Where somebody is among the things that they have to do before they are in. */
export interface StepProgress {
  /** Which one it is, from 1. */
  readonly number: number
  /** How many there are. */
  readonly of: number
}

/** Tells somebody who is held up which of how many steps this is. Nothing where it is the only one. */
export function stepProgress({ number, of }: StepProgress): Markup | '' {
  return of < 2 ? '' : html`<p class="quiet" id="progress">Step ${number} of ${of}</p>`
}
