import { html } from 'hono/html'
import type { AppMessage } from '../../oauth/app-messages.ts'
import type { AppReviews } from '../../oauth/app-reviews.ts'
import type { AppTesters } from '../../oauth/app-testers.ts'
import type { ClientRecord } from '../../oauth/client-record.ts'
import type { Clients } from '../../oauth/clients.ts'
import type { ClientLogos } from '../../oauth/logos/client-logos.ts'
import { moment } from '../../pages/components.ts'
import { facts } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { messageControl, reviewBadge, reviewThread } from '../../pages/review-thread.ts'
import { shownName } from '../../pages/shown-name.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { type Action, leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { Names } from '../names.ts'
import { applicationFrame, applicationOf, applicationPath } from './application-frame.ts'

export interface ApplicationReviewStores {
  readonly clients: Pick<Clients, 'find'>
  readonly reviews: AppReviews
  readonly testers: Pick<AppTesters, 'list'>
  readonly logos: ClientLogos
  readonly names: Names
}

/** By which an administrator vouches for an application that somebody registered in the portal, or says what is wrong with it. */
export function applicationReview({ clients, reviews, testers, logos, names }: ApplicationReviewStores): Screen {
  async function show(visit: Visit, typed: Typed = {}, faults: Faults = {}): Promise<View> {
    const client = await applicationOf(visit, clients)
    const { state, since, messages } = await reviews.of(client)
    const named = await names(messages.map(({ actor }) => actor))
    const who = ({ actor, isReviewer }: AppMessage): string =>
      `${shownName(named.get(actor)?.text ?? actor, actor)} (${isReviewer ? 'reviewer' : 'owner'})`
    const logo = await logos.pathFor(client.id)
    const trying = (await testers.list(client.id)).map(({ email }) => email)
    const form = (action: string, button: string, label: string, isNeeded: boolean): Markup =>
      postForm({
        to: visit.path,
        proof: visit.form,
        action,
        button,
        kind: action === 'review' ? 'first' : 'second',
        fields: action === 'review' ? { seen: String(client.updatedAt) } : {},
        content: messageControl({
          id: `text-${action}`,
          label,
          value: typed.action === action ? (typed.text ?? '') : '',
          wrong: typed.action === action ? faults['text'] : undefined,
          required: isNeeded,
        }),
      })
    return {
      ...applicationFrame(client),
      problems: problemsOf(faults, { text: `text-${typed.action ?? 'say'}`, main: `text-${typed.action ?? 'say'}` }),
      content: html`${facts([
          ['Review', reviewBadge(state)],
          ...(since === null ? [] : [['Since', moment(since)] as const]),
          ['Name', html`<bdi>${shownName(client.name, client.id)}</bdi>`],
          [
            'Picture',
            logo === null ? null : html`<img class="app-logo" src="${logo}" alt="" width="64" height="64" />`,
          ],
          [
            'Answers go to',
            html`${(client.metadata.redirectUris ?? []).map((uri) => html`<div><bdi>${uri}</bdi></div>`)}`,
          ],
          ['May ask for', client.scopes.join(', ')],
          ['Home page', client.metadata.clientUri ?? null],
          ['Privacy page', client.metadata.policyUri ?? null],
          ['Test users', trying.join(', ')],
        ])}
        ${reviewThread(messages.map((one) => ({ ...one, who: who(one) })))}
        ${
          client.source === 'portal'
            ? html`<section class="section" aria-labelledby="decide-heading">
                  <h2 id="decide-heading">Decide</h2>
                  <p>
                    Check its name, its picture and where its answers go. What is reviewed may be used by everybody, who
                    are not warned of it; once its owner changes it, it has to be reviewed again.
                  </p>
                  ${form('review', 'It is reviewed', 'A message to its owner', false)}
                </section>
                <section class="section" aria-labelledby="return-heading">
                  <h2 id="return-heading">Or give it back</h2>
                  ${form('return', 'It has to be changed', 'What has to be changed', true)}
                </section>`
            : html`<p class="quiet" id="nothing-to-review">${nothing[client.source]}</p>`
        }
        <section class="section" aria-labelledby="say-heading">
          <h2 id="say-heading">Write to its owner</h2>
          ${form('say', 'Send', 'A message', true)}
        </section>`,
    }
  }

  const does = (action: string, message: string, work: (id: string, saying: Said) => Promise<unknown>): Action => ({
    run: async (visit) => {
      const { id } = await applicationOf(visit, clients)
      const text = visit.text('text')
      try {
        // What was on the page when it was looked at, not what its owner has made of it since.
        await work(id, { by: visit.by, text, seen: Number(visit.text('seen')) })
      } catch (error) {
        return show(visit, { action, text }, faultsOf(error))
      }
      return leave(visit.path, message)
    },
  })

  return {
    path: 'applications/:id/review/',
    show: async (visit) => show(visit),
    actions: {
      review: does('review', 'It is reviewed: people are not warned of it any more.', async (id, said) =>
        reviews.accept(id, said),
      ),
      return: does('return', 'Its owner is asked to change it.', async (id, { by, text }) =>
        reviews.giveBack(id, { by, text }),
      ),
      say: does('say', 'It is sent.', async (id, { by, text }) => reviews.say(id, { by, text })),
    },
  }
}

interface Typed {
  readonly action?: string
  readonly text?: string
}

interface Said {
  readonly by: Visit['by']
  readonly text: string
  readonly seen: number
}

const nothing = {
  manual: 'An administrator registered or reviewed it: there is nothing to decide.',
  dynamic: 'It registered by itself, and changes when it likes: nobody can vouch for it.',
  document: 'It is described by a document elsewhere, and changes when that does: nobody can vouch for it.',
} as const

/** The way to its review, on the first page of a client that somebody registered in the portal. */
export function reviewLink({ id, source }: Pick<ClientRecord, 'id' | 'source'>): Markup | '' {
  if (source !== 'portal') return ''
  return html`<p class="note" id="to-review">
    Somebody registered it in the portal, and nobody here has looked at it.
    <a href="${applicationPath(id)}review/">Review it</a>
  </p>`
}
