import { html } from 'hono/html'
import type { AppMessage } from '../oauth/app-messages.ts'
import type { UnreviewedApps } from '../oauth/app-testers.ts'
import type { AppReviews } from '../oauth/app-reviews.ts'
import type { Clients } from '../oauth/clients.ts'
import { apiCall } from '../pages/api-call.ts'
import { moment } from '../pages/components.ts'
import { copyAs, facts } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import { messageControl, reviewBadge, reviewThread } from '../pages/review-thread.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import { pathSegment } from '../screens/path-segment.ts'
import { type Action, leave, type Screen, type View, type Visit } from '../screens/screen.ts'
import { appFrame } from './app-frame.ts'
import { ownApp } from './own-app.ts'

export interface AppReviewOptions {
  readonly clients: Pick<Clients, 'find'>
  readonly reviews: Pick<AppReviews, 'of' | 'ask' | 'say'>
  readonly baseUrl: string
  readonly unreviewedApps: UnreviewedApps
}

/** Whether one's application is reviewed, and what those who review and oneself say about it. */
export function appReview({ clients, reviews, baseUrl, unreviewedApps }: AppReviewOptions): Screen {
  async function show(visit: Visit, typed = '', faults: Faults = {}): Promise<View> {
    const client = await ownApp(clients, visit)
    const { state, since, messages } = await reviews.of(client)
    const mayAsk = state === 'none' || state === 'returned'
    const form = (action: string, button: string, label: string, isNeeded: boolean) =>
      postForm({
        to: visit.path,
        proof: visit.form,
        action,
        button,
        content: messageControl({ id: 'text', label, value: typed, wrong: faults['text'], required: isNeeded }),
      })
    return {
      ...appFrame(client),
      problems: problemsOf(faults, { main: 'text' }),
      content: html`${facts([
        [
          'Review',
          html`${reviewBadge(state)} ${meaning[state]} ${state === 'reviewed' ? '' : meanwhile[unreviewedApps]}`,
        ],
        ...(since === null ? [] : [['Since', moment(since)] as const]),
      ])}
      ${reviewThread(messages.map((one) => ({ ...one, who: whoWrote(one, visit.user.id) })))}
      ${
        mayAsk
          ? form('ask', 'Ask for a review', 'What those who review should know', false)
          : form('say', 'Send', 'Write to those who review', true)
      }
      ${copyAs({ call: apiCall(baseUrl, 'GET', `/api/account/apps/${pathSegment(client.id)}/review/`) })}`,
    }
  }

  const does = (work: 'ask' | 'say', message: string): Action => ({
    run: async (visit) => {
      const { id } = await ownApp(clients, visit)
      const text = visit.text('text')
      try {
        await reviews[work](id, { by: visit.by, owner: visit.user.id, text })
      } catch (error) {
        return show(visit, text, faultsOf(error))
      }
      return leave(visit.path, message)
    },
  })

  return {
    path: 'apps/:id/review/',
    show: async (visit) => show(visit),
    actions: { ask: does('ask', 'A review is asked for.'), say: does('say', 'It is sent.') },
  }
}

const meaning = {
  none: 'Nobody has been asked to look at it.',
  waiting: 'Somebody will look at it.',
  returned: 'Change what the last message says, and ask again.',
  reviewed: 'Everybody can use it. Once you change it, it has to be reviewed again.',
} as const

const meanwhile = {
  testers: 'Until it is reviewed, you and its test users can use it.',
  everybody: 'Until it is reviewed, people who use it are warned.',
} as const

/** Those who review are told by no name, as in the history. */
function whoWrote({ isReviewer, actor }: AppMessage, own: string): string {
  if (isReviewer) return 'A reviewer'
  return actor === `user:${own}` ? 'You' : 'The owner before'
}
