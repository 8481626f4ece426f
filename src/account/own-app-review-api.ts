import { z } from 'zod'
import { json, nothing } from '../api/answering.ts'
import { operation, type Operation } from '../api/operation.ts'
import type { Identity } from '../core/identity.ts'
import { longestMessage } from '../oauth/app-messages.ts'
import { appReview, appReviewAnswer } from '../oauth/app-review-answer.ts'
import type { AppReviews } from '../oauth/app-reviews.ts'
import type { AppTesters } from '../oauth/app-testers.ts'
import type { ClientRecord } from '../oauth/clients.ts'
import type { ClientLogos } from '../oauth/logos/client-logos.ts'
import { mostPictureBytes } from '../oauth/logos/checked-picture.ts'
import { logoAnswer, logoBody } from '../oauth/logos/logo-body.ts'
import { moment, toMoment } from '../api/wire-values.ts'
import type { By } from '../tokens/owner.ts'
import type { Permission } from '../core/permission.ts'
import { personOf } from './person-of.ts'

export interface OwnAppReviewStores {
  readonly reviews: Pick<AppReviews, 'of' | 'ask' | 'say'>
  readonly testers: AppTesters
  readonly logos: Pick<ClientLogos, 'put' | 'remove' | 'pathFor'>
}

type Gate = Permission<Identity | null, undefined>

/** What the operations about one application of one's own have in common. */
export interface OfOneApp {
  readonly tag: string
  readonly permission: Gate
  readonly params: { readonly client_id: z.ZodString }
  readonly object: {
    readonly find: (asked: {
      readonly path: { readonly client_id: string }
      readonly identity: Identity | null
    }) => Promise<ClientRecord | null>
  }
}

/** The review, the test users and the picture of an application of one's own. */
export function ownAppReviewApi(
  { reviews, testers, logos }: OwnAppReviewStores,
  {
    one,
    sensitive,
    check,
  }: { readonly one: OfOneApp; readonly sensitive: Gate; readonly check: (identity: Identity | null) => void },
): readonly Operation[] {
  const answerOf = async (client: Pick<ClientRecord, 'id' | 'source'>) => appReviewAnswer(await reviews.of(client))
  const listOf = async ({ id }: Pick<ClientRecord, 'id'>) => ({
    testers: (await testers.list(id)).map(({ email, since }) => ({ email, since: toMoment(since) })),
  })
  const actionOf = ({ identity, by }: { readonly identity: Identity | null; readonly by: By }) => {
    check(identity)
    return { by, owner: personOf(identity).id }
  }

  return [
    operation({
      ...one,
      method: 'GET',
      path: `${path}review/`,
      summary: 'Read how the review of an application stands, and what was written',
      answer: json(appReview),
      handler: async ({ object }) => answerOf(object),
    }),
    operation({
      ...one,
      permission: sensitive,
      method: 'POST',
      path: `${path}review/ask/`,
      summary: 'Ask for a review of an application',
      refuses: ['conflict'],
      body: z.strictObject({ text: messageText.optional() }),
      answer: json(appReview),
      handler: async ({ object, body: { text = '' }, ...asked }) => {
        await reviews.ask(object.id, { ...actionOf(asked), text })
        return answerOf(object)
      },
    }),
    operation({
      ...one,
      method: 'POST',
      path: `${path}review/messages/`,
      summary: 'Write to those who review an application',
      refuses: ['conflict'],
      body: z.strictObject({ text: messageText }),
      answer: json(appReview, { status: 201, description: 'It is sent.' }),
      handler: async ({ object, body: { text }, ...asked }) => {
        await reviews.say(object.id, { ...actionOf(asked), text })
        return answerOf(object)
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}testers/`,
      summary: 'List who may use an application before it is reviewed',
      answer: json(testersAnswer),
      handler: async ({ object }) => listOf(object),
    }),
    operation({
      ...one,
      permission: sensitive,
      method: 'POST',
      path: `${path}testers/`,
      summary: 'Name somebody who may use an application before it is reviewed',
      description:
        'By the e-mail address of their account, which they have to have confirmed. Whether there is one is not told.',
      refuses: ['conflict'],
      body: z.strictObject({ email: z.string().max(254) }),
      answer: json(testersAnswer, { status: 201, description: 'They are named.' }),
      handler: async ({ object, body: { email }, ...asked }) => {
        await testers.add(object.id, email, actionOf(asked))
        return listOf(object)
      },
    }),
    operation({
      ...one,
      params: { ...one.params, email: z.string().max(254).meta({ description: 'The address, as it is listed.' }) },
      method: 'DELETE',
      path: `${path}testers/{email}/`,
      summary: 'Take somebody out of the test users of an application, and end what they allowed it',
      answer: nothing,
      handler: async ({ object, path: { email }, ...asked }) => {
        await testers.remove(object.id, email, actionOf(asked))
        return undefined
      },
    }),
    operation({
      ...one,
      permission: sensitive,
      method: 'PUT',
      path: `${path}logo/`,
      summary: 'Give an application a picture',
      description:
        'A PNG, JPEG or WebP of up to 64 KiB and 1024 pixels a side. People are warned of it until it is reviewed again.',
      largestBody: 2 * mostPictureBytes,
      body: logoBody,
      answer: json(logoAnswer),
      handler: async ({ object, body: { data }, ...asked }) => {
        await logos.put(object.id, data, actionOf(asked))
        return { logo: await logos.pathFor(object.id) }
      },
    }),
    operation({
      ...one,
      method: 'DELETE',
      path: `${path}logo/`,
      summary: 'Take the picture of an application away',
      answer: nothing,
      handler: async ({ object, ...asked }) => {
        await logos.remove(object.id, actionOf(asked))
        return undefined
      },
    }),
  ]
}

const path = '/api/account/apps/{client_id}/'

const messageText = z.string().max(2 * longestMessage)
const testersAnswer = z.object({ testers: z.array(z.object({ email: z.string(), since: moment })) })
