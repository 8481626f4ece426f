import { html } from 'hono/html'
import { hiddenField } from './components.ts'
import type { Markup } from './layout.ts'

export interface ProviderButton {
  readonly id: string
  /** What it is called. */
  readonly name: string
  /** Where its form goes. */
  readonly action: string
}

export interface ProviderButtonsOptions {
  readonly buttons: readonly ProviderButton[]
  /** What each form carries, unseen. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** What stands before the name (Continue with). */
  readonly verb?: string
}

/** A form for each provider: going there changes something, so a link will not do. Nothing where there is none. */
export function providerButtons({ buttons, fields, verb = 'Continue with' }: ProviderButtonsOptions): Markup | '' {
  if (buttons.length === 0) return ''
  return html`<div class="actions providers" id="providers">
    ${buttons.map(
      ({ id, name, action }) =>
        html`<form method="post" action="${action}" id="provider-${id}">
          ${fields.map(([field, value]) => hiddenField(field, value))}
          <button class="button second" type="submit" id="provider-${id}-submit">${verb} ${name}</button>
        </form>`,
    )}
  </div>`
}
