import { html } from 'hono/html'
import { AuthError } from '../core/errors.ts'
import { keyedDigest } from '../crypto/digest.ts'
import type { Csrf } from '../http/csrf.ts'
import type { Exchange } from '../http/exchange.ts'
import { type BodyFields, parseBody } from '../http/parse-body.ts'
import { hiddenField } from '../pages/components.ts'
import { postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { textIn } from './field-text.ts'
import { type KeptForms, takeKept, type TakenForm } from './kept-form.ts'
import { addressToLeave, leftPage } from './left-page.ts'
import { pageAddress } from './page-address.ts'
import type { View, Visit } from './screen.ts'

export interface EndedFormsOptions {
  readonly csrf: Pick<Csrf, 'fieldName' | 'checkOrigin'>
  readonly kept: KeptForms
  /** At least 32 bytes, the same on every node. */
  readonly key: Uint8Array
}

/** Forms that were sent once their sender's sign-in was over: what was typed survives the next one, of the same person. */
export interface EndedForms {
  /** The unseen field that tells later whose form it was. */
  readonly field: (userId: string) => Markup
  /** The `Set-Cookie` value that keeps what a stranger's form of this page has sent; `null` where it is not to be kept. */
  readonly keep: (request: Exchange, page: string) => Promise<string | null>
  /** The page that asks whether to send it now; `null`: nothing waits here for this person. */
  readonly waiting: (visit: Visit) => View | null
  /** The `Set-Cookie` value that takes away what they did not want to send; `null` where there is nothing. */
  readonly left: (visit: Visit) => string | null
  /** What had waited, where this form asks for it. Throws `RequestRefused` where it waited too long. */
  readonly taken: (visit: Visit, sent: BodyFields) => TakenForm | null
}

/**
 * The form itself says whose it was, since the session that could tell is gone: by a text that is made of their id and a key,
 * so that nobody makes one for somebody else. It gives no right: what was kept is shown to nobody but them, once they have
 * signed in again, and done when they say so, by a form with the proof of the new session.
 */
export function createEndedForms({ csrf, kept, key }: EndedFormsOptions): EndedForms {
  const senderOf = (userId: string): string => keyedDigest(key, `form of ${userId}`).toString('base64url')

  function read(visit: Visit, page = pageAddress(visit)): Readonly<Record<string, string>> | null {
    // Whoever acts as somebody was not asked for what the other one had typed.
    if (visit.acting !== null) return null
    const { authenticatedAt: provedAt } = visit.signed.auth
    return kept.read(visit.request, { owner: ownerOf(senderOf(visit.user.id)), page, provedAt })
  }

  return {
    field: (userId) => hiddenField(senderField, senderOf(userId)),

    keep: async (request, page) => {
      const fields = await sentFields(request, csrf)
      const sender = textIn(fields, senderField)
      // A form of ours carries it; what is not, is nothing that somebody had typed here.
      if (!/^[\w-]{43}$/.test(sender) || textIn(fields, 'action') === '') return null
      const texts = Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      // Without its secret a form would ask for something else.
      if (texts.some(([name, value]) => value !== '' && isSecretField(name))) return null
      const typed = texts.filter(([name]) => name !== csrf.fieldName && name !== senderField)
      return kept.keep({ owner: ownerOf(sender), page }, Object.fromEntries(typed))
    },

    waiting: (visit) => {
      const fields = read(visit)
      if (fields === null) return null
      const page = pageAddress(visit)
      return {
        title: 'Send what you had typed?',
        content: html`<p>
            You are signed in again. Your sign-in was over when you sent a form of this page, so nothing of it was done.
            What you had typed is still here.
          </p>
          ${postForm({
            to: page,
            proof: visit.form,
            action: fields['action'] ?? '',
            fields: { [takesField]: 'yes' },
            button: 'Send it now',
            cancel: addressToLeave(page),
          })}`,
      }
    },

    left: (visit) => {
      const page = leftPage(visit)
      return page === null || read(visit, page) === null ? null : kept.clear()
    },

    taken: (visit, sent) => (textIn(sent, takesField) === '' ? null : takeKept(kept, read(visit))),
  }
}

/** Fields of our forms that hold a password, a code, a key, or headers or a file in which there may be some. These are typed again. */
export function isSecretField(name: string): boolean {
  return /(?:^|_)(?:password|passphrase|secret|token|credential|assertion|otp|pin|code|key)s?$|^(?:file|headers)$/i.test(
    name,
  )
}

const senderField = 'formof'
const takesField = 'ended'

function ownerOf(sender: string): string {
  return `form of ${sender}`
}

/** What a form of this site has sent, in texts alone; nothing where it is another site's, or no form at all. */
async function sentFields(request: Exchange, csrf: Pick<Csrf, 'checkOrigin'>): Promise<BodyFields> {
  const type = request.headers.get('content-type')
  if (type === null || !/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) return {}
  try {
    csrf.checkOrigin(request)
    return await parseBody(type, await request.body())
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    return {}
  }
}
