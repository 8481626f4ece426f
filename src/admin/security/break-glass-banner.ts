import { html } from 'hono/html'
import type { BreakGlass } from '../../accounts/break-glass.ts'
import { moment } from '../../pages/components.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import type { Visit } from '../../screens/screen.ts'
import { isEmergency } from '../../accounts/emergency-session.ts'

/**
 * Says above every page of somebody who signed in by a code for emergencies when that ends, and above every page of the
 * console that codes were used, until a superuser who came in another way says that they know.
 */
export async function breakGlassBanner(
  { signed, path, user, form }: Pick<Visit, 'signed' | 'path' | 'user' | 'form'>,
  breakGlass: Pick<BreakGlass, 'unseen'>,
): Promise<Markup | ''> {
  const { expiresAt } = signed.auth
  const own = isEmergency(signed.auth)
    ? html`<p class="banner" id="emergency" role="region" aria-label="Emergency">
        You are signed in by a code for emergencies, until ${moment(expiresAt)}. Mend
        <a href="/account/">your own way to sign in</a>, then sign in by it: new codes, keys and administrators are made
        by nobody in an emergency.
      </p>`
    : ''
  const uses = path.startsWith('/admin/') ? await breakGlass.unseen() : []
  const [last] = uses
  if (last === undefined) return own
  return html`${own}
    <div class="banner acting" id="break-glass-used" role="region" aria-label="Codes for emergencies">
      <span
        >${uses.length === 1 ? 'A code for emergencies was used' : `${uses.length} codes for emergencies were used`}:
        <strong><bdi>${shownName(last.username, last.userId)}</bdi></strong
        >, ${moment(last.usedAt)}${last.address === null ? '' : `, from ${last.address}`}.
        <a href="/admin/audit/?event=break_glass.used">All uses</a></span
      >
      ${
        user.isSuperuser === true && !isEmergency(signed.auth)
          ? postForm({
              to: '/admin/administrators/break-glass/',
              proof: form,
              action: 'seen',
              button: 'I know of it',
              kind: 'second',
              isInline: true,
            })
          : ''
      }
    </div>`
}
