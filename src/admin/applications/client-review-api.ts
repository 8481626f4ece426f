import { z } from 'zod'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { moment, toMoment } from '../../api/wire-values.ts'
import { RequestRefused } from '../../core/errors.ts'
import { appReview, appReviewAnswer } from '../../oauth/app-review-answer.ts'
import type { AppReviews } from '../../oauth/app-reviews.ts'
import type { AppTesters } from '../../oauth/app-testers.ts'
import type { ClientRecord } from '../../oauth/client-record.ts'
import type { Clients } from '../../oauth/clients.ts'
import { mostPictureBytes } from '../../oauth/logos/checked-picture.ts'
import type { ClientLogos } from '../../oauth/logos/client-logos.ts'
import { logoAnswer, logoBody } from '../../oauth/logos/logo-body.ts'
import { mayAdminister } from '../may-administer.ts'

export interface ClientReviewApiStores {
  readonly clients: Pick<Clients, 'find'>
  readonly reviews: AppReviews
  readonly testers: Pick<AppTesters, 'list'>
  readonly logos: ClientLogos
}

/** What is said about a client that people registered in the portal, who tries it, and its picture. */
export function clientReviewApi({ clients, reviews, testers, logos }: ClientReviewApiStores): readonly Operation[] {
  const one = {
    tag: 'Clients',
    permission: mayAdminister,
    params: { client_id: z.string().meta({ description: 'As the client sends it.' }) },
  } as const

  async function find(id: string): Promise<ClientRecord> {
    const found = await clients.find(id)
    if (found === null) throw new RequestRefused('not_found')
    return found
  }
  const answerOf = async (id: string) => appReviewAnswer(await reviews.of(await find(id)))

  return [
    operation({
      ...one,
      method: 'GET',
      path: `${path}review/`,
      summary: 'Read how the review of a client stands, and what was written',
      answer: json(appReview),
      handler: async ({ path: { client_id: id } }) => answerOf(id),
    }),
    operation({
      ...one,
      method: 'POST',
      path: `${path}review/return/`,
      summary: 'Give a client back to its owner, who is to change it',
      refuses: ['conflict'],
      body: z.strictObject({ text: z.string().meta({ description: 'What has to be changed.' }) }),
      answer: json(appReview),
      handler: async ({ path: { client_id: id }, body: { text }, by }) => {
        await reviews.giveBack(id, { by, text })
        return answerOf(id)
      },
    }),
    operation({
      ...one,
      method: 'POST',
      path: `${path}review/messages/`,
      summary: 'Write to the owner of a client',
      body: z.strictObject({ text: z.string() }),
      answer: json(appReview, { status: 201, description: 'It is sent.' }),
      handler: async ({ path: { client_id: id }, body: { text }, by }) => {
        await reviews.say(id, { by, text })
        return answerOf(id)
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}testers/`,
      summary: 'List who may use a client before it is reviewed',
      answer: json(z.object({ testers: z.array(z.object({ email: z.string(), since: moment })) })),
      handler: async ({ path: { client_id: id } }) => {
        const found = await find(id)
        const all = await testers.list(found.id)
        return { testers: all.map(({ email, since }) => ({ email, since: toMoment(since) })) }
      },
    }),
    operation({
      ...one,
      method: 'PUT',
      path: `${path}logo/`,
      summary: 'Give a client a picture',
      description: 'A PNG, JPEG or WebP of up to 64 KiB and 1024 pixels a side, which people see where they are asked.',
      largestBody: 2 * mostPictureBytes,
      body: logoBody,
      answer: json(logoAnswer),
      handler: async ({ path: { client_id: id }, body: { data }, by }) => {
        await logos.put(id, data, { by })
        return { logo: await logos.pathFor(id) }
      },
    }),
    operation({
      ...one,
      method: 'DELETE',
      path: `${path}logo/`,
      summary: 'Take the picture of a client away',
      answer: nothing,
      handler: async ({ path: { client_id: id }, by }) => {
        await logos.remove(id, { by })
        return undefined
      },
    }),
  ]
}

const path = '/api/admin/clients/{client_id}/'
