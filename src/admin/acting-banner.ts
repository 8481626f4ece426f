import { html } from 'hono/html'
import { moment } from '../pages/components.ts'
import { postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'
import type { Visit } from '../screens/screen.ts'

/** What stands above every page of the consoles while a superuser acts as somebody: as whom, until when, and how to stop. */
export function actingBanner({ acting, form }: Pick<Visit, 'acting' | 'form'>): Markup | '' {
  if (acting === null) return ''
  const { user, until } = acting
  return html`<div class="banner acting" id="acting" role="region" aria-label="Acting as somebody">
    <span
      >You act as <strong><bdi>${shownName(user.name, user.id)}</bdi></strong> until ${moment(until)}. What you do is
      recorded with both names.</span
    >
    ${postForm({ to: '/admin/acting/', proof: form, action: 'stop', fields: { from: 'banner' }, button: 'Stop', kind: 'second', isInline: true })}
  </div>`
}
