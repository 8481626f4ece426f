import { html } from 'hono/html'
import { postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import type { Visit } from '../screens/screen.ts'

/** The foot of the page of something that can be switched off and on, and ended for good on a page of its own. */
export function stopSection(
  visit: Visit,
  {
    isOn,
    isHeld = false,
    what,
    end,
    also,
  }: {
    readonly isOn: boolean
    /** Whether an administrator switched it off, so that only one switches it on (false). */
    readonly isHeld?: boolean
    readonly what?: string
    readonly end: readonly [id: string, text: string]
    /** Another page that ends something of it (none). */
    readonly also?: readonly [id: string, text: string]
  },
): Markup {
  const links = [...(also === undefined ? [] : [also]), end]
  return html`<section>
    <h2>Danger zone</h2>
    ${what === undefined ? '' : html`<p>${what}</p>`}
    ${isHeld && !isOn ? html`<p class="note" id="held">An administrator switched it off. Ask one to switch it on again.</p>` : ''}
    <div class="buttons">
      ${
        isHeld && !isOn
          ? ''
          : postForm({
              to: visit.path,
              proof: visit.form,
              action: isOn ? 'disable' : 'enable',
              button: isOn ? 'Switch off' : 'Switch on',
              kind: 'second',
              isInline: true,
            })
      }
      ${links.map(([id, text]) => html`<a class="button small danger" href="${visit.path}${id}/" id="${id}">${text}</a>`)}
    </div>
  </section>`
}
