import { html } from 'hono/html'
import { isFreshProof } from '../core/fresh-proof.ts'
import type { Csrf } from '../http/csrf.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import type { BodyFields } from '../http/parse-body.ts'
import { postForm } from '../pages/forms.ts'
import { textIn } from './field-text.ts'
import { type FormPlace, type KeptForms, takeKept, type TakenForm } from './kept-form.ts'
import { addressToLeave, leftPage } from './left-page.ts'
import { pageAddress } from './page-address.ts'
import type { Leave, View, Visit } from './screen.ts'

export interface FreshProofsOptions {
  readonly csrf: Pick<Csrf, 'fieldName'>
  /** Forms that wait until their sender has proved again who they are (what was typed is lost then). */
  readonly kept?: KeptForms
  /** Where to prove again who one is (/accounts/confirm/). */
  readonly confirmPath?: string
  /** For how many seconds a proof is fresh (600). */
  readonly fresh?: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly redirect: (leave: Leave) => Answer
}

/** What happens where somebody has to have proved who they are a short while ago. */
export interface FreshProofs {
  readonly isStale: (visit: Visit, ...asks: readonly { readonly isSensitive?: boolean }[]) => boolean
  /** Leads to the page to confirm who one is, and back. What was typed into a form waits meanwhile. */
  readonly toConfirm: (visit: Visit, fields?: BodyFields) => Answer
  /** The page that asks whether to go on with what waits; `null`: nothing does. */
  readonly waiting: (visit: Visit) => View | null
  /** The `Set-Cookie` value that takes away what they did not want to go on with; `null` where there is nothing. */
  readonly left: (visit: Visit) => string | null
  /**
   * The fields that were sent, or those that had waited, which are not kept any longer than for this answer. Throws
   * `RequestRefused` where they waited too long: the form would go on with nothing in it.
   */
  readonly taken: (request: Exchange, visit: Visit, sent: BodyFields) => TakenForm
}

export function createFreshProofs(options: FreshProofsOptions): FreshProofs {
  const { csrf, kept, confirmPath = '/accounts/confirm/', fresh = 600, clock, redirect } = options

  /** Asks whether to go on with what was sent before the proof. */
  function goOn(visit: Visit, fields: Readonly<Record<string, string>>): View {
    const page = pageAddress(visit)
    return {
      title: 'Go on with what you began?',
      content: html`<p>
          You have confirmed that it is you. What you had sent is still here, and nothing of it is done yet.
        </p>
        ${postForm({
          to: page,
          proof: visit.form,
          action: fields['action'] ?? '',
          fields: { [keptField]: 'yes' },
          button: 'Go on',
          cancel: addressToLeave(page),
        })}`,
    }
  }

  return {
    isStale: (visit, ...asks) => {
      if (!asks.some(({ isSensitive }) => isSensitive === true)) return false
      return !isFreshProof(visit.signed.auth, { now: clock(), within: fresh })
    },

    toConfirm: (visit, fields = {}) => {
      const glue = confirmPath.includes('?') ? '&' : '?'
      const to = `${confirmPath}${glue}${new URLSearchParams({ next: pageAddress(visit) })}`
      const texts = Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      const typed = Object.fromEntries(texts.filter(([name]) => name !== csrf.fieldName))
      const cookie = texts.length === 0 ? null : (kept?.keep(placeOf(visit), typed) ?? null)
      return redirect({ to, headers: cookie === null ? [] : [['set-cookie', cookie]] })
    },

    waiting: (visit) => {
      const fields = kept?.read(visit.request, placeOf(visit)) ?? null
      return fields === null ? null : goOn(visit, fields)
    },

    left: (visit) => {
      const page = leftPage(visit)
      if (kept === undefined || page === null) return null
      return kept.read(visit.request, { ...placeOf(visit), page }) === null ? null : kept.clear()
    },

    taken: (request, visit, sent) => {
      if (kept === undefined || textIn(sent, keptField) === '') return { fields: sent, done: (answer) => answer }
      return takeKept(kept, kept.read(request, placeOf(visit)))
    },
  }
}

const keptField = 'kept'

function placeOf(visit: Visit): FormPlace {
  const { signInId: owner, authenticatedAt: provedAt } = visit.signed.auth
  return { owner, provedAt, page: pageAddress(visit) }
}
