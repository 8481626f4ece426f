import { z } from 'zod'
import { type OptionalMail, optionalMail, type Preferences, type PreferenceValues } from '../accounts/preferences.ts'
import { json } from '../api/answering.ts'
import { operation, type Operation } from '../api/operation.ts'
import { allOf } from '../permissions/all-of.ts'
import { isUser } from '../permissions/is-user.ts'
import { isVia } from '../permissions/is-via.ts'
import { personOf } from './person-of.ts'

/** In which time zone one reads moments, and which mail one wants: by one's own session. */
export function preferencesApi({ preferences }: { readonly preferences: Pick<Preferences, 'find' | 'change'> }): {
  readonly path: string
  readonly operations: readonly Operation[]
} {
  const own = { tag: 'Own account', permission: allOf(isUser, isVia('session')), path } as const
  return {
    path,
    operations: [
      operation({
        ...own,
        method: 'GET',
        summary: 'Read one’s time zone, and which mail one wants',
        answer: json(answer),
        handler: async ({ identity }) => answerOf(await preferences.find(personOf(identity).id)),
      }),
      operation({
        ...own,
        method: 'PATCH',
        summary: 'Change one’s time zone, and which mail one wants',
        description: 'What is left out stays. Mail about the safety of the account always comes.',
        body: z.object({
          time_zone: timeZone.optional(),
          mail: z.object({ credential_ending: z.boolean(), app_review: z.boolean() }).partial().optional(),
        }),
        answer: json(answer),
        handler: async ({ identity, body, by }) => {
          const { id } = personOf(identity)
          const { mail = {}, time_zone } = body
          const before = await preferences.find(id)
          const isUnwanted = (kind: OptionalMail): boolean => !(mail[kind] ?? !before.unwantedMail.includes(kind))
          const changes = {
            ...(time_zone === undefined ? {} : { timeZone: time_zone }),
            ...(body.mail === undefined ? {} : { unwantedMail: optionalMail.filter(isUnwanted) }),
          }
          return answerOf(await preferences.change(id, changes, by))
        },
      }),
    ],
  }
}

const path = '/api/account/preferences/'

const timeZone = z.string().max(64).nullable().meta({
  description: 'As the IANA database calls it, such as Europe/Berlin; null: that of the browser, and UTC in mails.',
})

const answer = z
  .object({
    time_zone: timeZone,
    mail: z.object({
      credential_ending: z.boolean().meta({ description: 'Before keys, secrets and certificates of one’s own end.' }),
      app_review: z.boolean().meta({ description: 'When an administrator has written about one’s application.' }),
    }),
  })
  .meta({ id: 'Preferences', description: 'In which time zone one reads moments, and which mail one wants.' })

function answerOf({ timeZone: time_zone, unwantedMail }: PreferenceValues): z.input<typeof answer> {
  const isWanted = (kind: OptionalMail): boolean => !unwantedMail.includes(kind)
  return {
    time_zone,
    mail: { credential_ending: isWanted('credential_ending'), app_review: isWanted('app_review') },
  }
}
