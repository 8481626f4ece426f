import { html } from 'hono/html'
import type { ClientRecord } from '../../oauth/client-record.ts'
import type { Clients } from '../../oauth/clients.ts'
import { hiddenField } from '../../pages/components.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { type Action, leave, type Visit } from '../../screens/screen.ts'
import { applicationOf, applicationPath } from './application-frame.ts'

export interface ApplicationReviewStores {
  readonly clients: Pick<Clients, 'find' | 'review'>
}

/** By which an administrator vouches for an application that somebody registered in the portal. */
export function applicationReview({ clients }: ApplicationReviewStores): Readonly<Record<string, Action>> {
  return {
    review: {
      run: async (visit) => {
        const { id } = await applicationOf(visit, clients)
        // What was on the page when it was looked at, not what its owner has made of it since.
        await clients.review(id, { by: visit.by, seen: Number(visit.text('seen')) })
        return leave(applicationPath(id), 'It is reviewed: people are not warned of it any more.')
      },
    },
  }
}

/** The button, where there is something to look at. */
export function reviewForm({ path, form }: Visit, { source, updatedAt }: ClientRecord): Markup | '' {
  if (source !== 'portal') return ''
  return html`<section class="section" aria-labelledby="review-heading">
    <h2 id="review-heading">Review</h2>
    <p>
      Somebody registered it in the portal. People who are asked whether they allow it read that nobody here has looked
      at it. Check its name and its redirect addresses; once its owner changes it, it has to be reviewed again.
    </p>
    ${postForm({
      to: path,
      proof: form,
      action: 'review',
      content: hiddenField('seen', String(updatedAt)),
      button: 'It is reviewed',
      kind: 'second',
      isInline: true,
    })}
  </section>`
}
