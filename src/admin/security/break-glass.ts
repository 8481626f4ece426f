import { html } from 'hono/html'
import type { BreakGlass } from '../../accounts/break-glass.ts'
import { emptyState, facts, momentOr } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { recoveryCodes } from '../../pages/recovery-codes.ts'
import { isSuperuser } from '../../permissions/is-superuser.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'

export interface BreakGlassStores {
  readonly breakGlass: BreakGlass
  /** Where the server is reached, for the sheet of paper. */
  readonly origin: string
}

/** One's own codes for emergencies: how many are left, new ones, and none. */
export function breakGlassScreen({ breakGlass, origin }: BreakGlassStores): Screen {
  return {
    path: 'administrators/break-glass/',
    permission: isSuperuser,
    show: async (visit) => {
      const { left, madeAt } = await breakGlass.state(visit.user.id)
      return {
        ...frame,
        title: 'Codes for emergencies',
        content: html`<p>
            Each signs you in once, for half an hour, when your second factor is lost, mail is down, or the provider
            that you sign in with is. Print them and lock them away. A use is recorded, all administrators are told, and
            the console says so until somebody confirms that they know. They do not open an account that is disabled.
          </p>
          ${
            left === 0
              ? emptyState({ what: 'You have no codes. Make some before you need them.' })
              : facts([
                  ['Codes left', `${left}`],
                  ['Made', momentOr(madeAt)],
                ])
          }
          ${making(visit, left)} ${left === 0 ? '' : forgetting(visit)}`,
      }
    },
    actions: {
      make: {
        isSensitive: true,
        isOnce: true,
        run: async (visit) => shown(visit, await breakGlass.make(visit.user.id, visit.by), origin),
      },
      remove: {
        isSensitive: true,
        run: async (visit) => {
          const count = await breakGlass.remove(visit.user.id, visit.by)
          return leave(visit.path, count === 0 ? 'There was no code left.' : 'The codes do not work any more.')
        },
      },
      seen: {
        run: async (visit) => {
          await breakGlass.markSeen(visit.by)
          return leave('/admin/', 'It is recorded that you know of it.')
        },
      },
    },
  }
}

const frame = { crumbs: [{ href: '/admin/administrators/', text: 'Administrators' }] }

function making(visit: Visit, left: number): ReturnType<typeof postForm> {
  return postForm({
    to: visit.path,
    proof: visit.onceForm,
    action: 'make',
    button: left === 0 ? 'Make codes' : 'Make new codes',
    kind: left === 0 ? 'first' : 'second',
    content: left === 0 ? '' : html`<p>The old ones stop working at once.</p>`,
  })
}

function forgetting(visit: Visit): ReturnType<typeof postForm> {
  return postForm({
    to: visit.path,
    proof: visit.form,
    action: 'remove',
    button: 'End all codes',
    kind: 'danger',
    content: html`<p>For a sheet that was lost or seen by others.</p>`,
  })
}

function shown(visit: Visit, codes: readonly string[], origin: string): View {
  return {
    ...frame,
    title: 'Your codes for emergencies',
    content: html`<div class="panel">
      ${recoveryCodes({
        codes,
        siteName: origin,
        name: visit.user.name,
        what: 'codes for emergencies',
        use: `In an emergency, type your username and one of them in at ${origin}/accounts/break-glass/.`,
        onward: { href: visit.path, text: 'Continue' },
      })}
    </div>`,
  }
}
