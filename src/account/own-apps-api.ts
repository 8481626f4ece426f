import { z } from 'zod'
import { programs } from '../accounts/by-program.ts'
import { isTheirs } from '../accounts/is-theirs.ts'
import { json, nothing } from '../api/answering.ts'
import { operation, type Operation } from '../api/operation.ts'
import { freshly } from '../api/operations-asking-for-proof.ts'
import { PermissionDenied } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { namedOnWire, givenClientIn } from '../oauth/client-answers.ts'
import { registrationOf } from '../oauth/client-kind.ts'
import type { ClientUsage } from '../oauth/client-usage.ts'
import type { ClientRecord, Clients } from '../oauth/clients.ts'
import type { ClientLogos } from '../oauth/logos/client-logos.ts'
import type { EndClientTokens } from '../oauth/end-client-tokens.ts'
import { allOf } from '../permissions/all-of.ts'
import { holdsAll } from '../permissions/has-permission.ts'
import { isVia } from '../permissions/is-via.ts'
import { not } from '../permissions/not.ts'
import { checkMayOpen } from '../organisations/api/check-may-open.ts'
import { checkUnbound } from './check-unbound.ts'
import { mayUseAccount } from './organisations-api.ts'
import { appKind, ownApp, ownAppAnswer, type OwnAppAnswer } from './own-app-answer.ts'
import { ownAppReviewApi, type OwnAppReviewStores } from './own-app-review-api.ts'
import { ownAppUsageApi } from './own-app-usage-api.ts'
import { personOf } from './person-of.ts'

export interface OwnAppsApiStores extends OwnAppReviewStores {
  readonly clients: Clients
  readonly clientUsage: Pick<ClientUsage, 'days' | 'refusals'>
  readonly endClientTokens: EndClientTokens
  readonly logos: ClientLogos
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** The applications that one answers for, for programs: what `/portal/apps/` shows. */
export function ownAppsApi({ clients, clientUsage, endClientTokens, clock, ...ofReview }: OwnAppsApiStores): {
  readonly path: string
  readonly operations: readonly Operation[]
} {
  const common = { tag: 'Your applications', permission: mayUseAccount } as const
  // A secret would live on after the key or the application that made it, and where answers are sent is for people to say.
  const sensitive = allOf(freshly(mayUseAccount, clock), not(isVia(...programs)))

  /** Those of somebody else are not there, nor are those of an organisation that one has left. */
  async function find({ path: { client_id: id }, identity }: Asked): Promise<ClientRecord | null> {
    const user = personOf(identity)
    const client = await clients.find(id, { owner: user.id })
    return client === null || !isTheirs(client, user) ? null : client
  }

  const one = {
    ...common,
    params: { client_id: z.string().max(2048).meta({ description: 'The client id of an application of yours.' }) },
    object: { find },
  } as const

  const answered = async (client: ClientRecord): Promise<OwnAppAnswer> =>
    ownAppAnswer(client, await ofReview.logos.pathFor(client.id))

  const operations = [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List the applications that you answer for',
      isPaged: true,
      answer: json(z.object({ apps: z.array(ownApp), next: z.string().nullable() })),
      handler: async ({ identity, page }) => {
        const user = personOf(identity)
        const { clients: all, next } = await clients.list({ owner: user.id, ...page })
        const theirs = all.filter((client) => isTheirs(client, user))
        return { apps: await Promise.all(theirs.map(answered)), next }
      },
    }),
    operation({
      ...common,
      permission: sensitive,
      method: 'POST',
      path,
      summary: 'Register an application',
      description:
        'Where it has a secret, the answer is the only time that it is shown. A machine needs the permission clients.add.',
      refuses: ['conflict'],
      body: z.strictObject({ kind: appKind, ...values, client_name: z.string() }),
      answer: json(withSecret, { status: 201, description: 'It is registered.' }),
      handler: async ({ identity, body: { kind, ...members }, by }) => {
        if (kind === 'machine' && !holdsAll(identity, ['clients.add']))
          throw new PermissionDenied('permission_denied', machines)
        const given = { ...givenClientIn(members), ...registrationOf(kind) }
        const { client, secret } = await namedOnWire(
          clients.create(given, { by, owner: personOf(identity).id, source: 'portal' }),
        )
        return { app: await answered(client), client_secret: secret }
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{client_id}/`,
      summary: 'Read an application of yours',
      answer: json(ownApp),
      handler: async ({ object }) => answered(object),
    }),
    operation({
      ...one,
      permission: sensitive,
      method: 'PATCH',
      path: `${path}{client_id}/`,
      summary: 'Change what is sent of an application',
      description: 'null and an empty text take a member away. People are warned of it until it is reviewed again.',
      refuses: ['conflict'],
      body: z.strictObject({ ...values, client_name: z.string().optional() }),
      answer: json(ownApp),
      handler: async ({ object, body, identity, by }) => {
        const changing = clients.update(object.id, givenClientIn(body), actionOf({ identity, by }))
        return answered((await namedOnWire(changing)).client)
      },
    }),
    operation({
      ...one,
      permission: sensitive,
      method: 'DELETE',
      path: `${path}{client_id}/`,
      summary: 'Delete an application, with its tokens and what people allowed it',
      answer: nothing,
      handler: async ({ object, identity, by }) => {
        await clients.delete(object.id, actionOf({ identity, by }))
        return undefined
      },
    }),
    operation({
      ...one,
      permission: sensitive,
      method: 'POST',
      path: `${path}{client_id}/roll/`,
      summary: 'Give an application a new secret',
      description: 'The answer is the only time that it is shown. The old one goes on for the overlap.',
      refuses: ['conflict'],
      body: z.strictObject({
        overlap: z
          .int()
          .min(0)
          .max(week)
          .default(week)
          .meta({ description: 'Seconds for which the old secret goes on: 0, up to a week.' }),
      }),
      answer: json(withSecret, { status: 201, description: 'The secret, this once.' }),
      handler: async ({ object, body: { overlap }, identity, by }) => {
        const { client, secret } = await clients.startSecretRotation(object.id, {
          ...actionOf({ identity, by }),
          overlap,
        })
        return { app: await answered(client), client_secret: secret }
      },
    }),
    operation({
      ...one,
      method: 'POST',
      path: `${path}{client_id}/revoke-tokens/`,
      summary: 'End all tokens of an application, and leave the application as it is',
      description: 'Everybody has to allow it again, and it has to ask for new tokens. Its secret goes on.',
      answer: json(z.object({ grants: z.int() }), { description: 'How much of what people allowed it has ended.' }),
      handler: async ({ object, identity, by }) => {
        checkUnbound(identity, ofNone)
        return { grants: await endClientTokens(object.id, { by }) }
      },
    }),
    ...(['finishSecretRotation', 'cancelSecretRotation', 'disable', 'enable'] as const).map((action) =>
      operation({
        ...one,
        method: 'POST',
        path: `${path}{client_id}/${actions[action].path}/`,
        summary: actions[action].summary,
        refuses: ['conflict'],
        answer: json(ownApp),
        handler: async ({ object, identity, by }) => {
          checkUnbound(identity, ofNone)
          if (action === 'enable') checkMayOpen(identity)
          return answered(await clients[action](object.id, actionOf({ identity, by })))
        },
      }),
    ),
    ownAppUsageApi({ clientUsage, clock }, one),
    ...ownAppReviewApi(ofReview, { one, sensitive, check: (identity) => checkUnbound(identity, ofNone) }),
  ]
  return { path, operations }
}

const path = '/api/account/apps/'
const week = 7 * 86_400

/** Why a token for one organisation changes none. */
const ofNone = 'an application is yours, and not of the organisation'

const machines =
  'A machine acts for itself, with nobody to allow it something: to register one you need the permission clients.add.'

/** The store checks them, all at once. */
const values = {
  redirect_uris: z.array(z.string()).max(100).nullish(),
  scope: z.string().max(10_000).nullish().meta({ description: 'What it may ask for, with blanks between.' }),
  client_uri: z.string().max(2048).nullish().meta({ description: 'Its home page.' }),
  policy_uri: z.string().max(2048).nullish().meta({ description: 'Its privacy page.' }),
}

const withSecret = z.object({
  app: ownApp,
  client_secret: z.string().nullable().meta({ description: 'null: it has none.' }),
})

const actions = {
  finishSecretRotation: { path: 'finish', summary: 'End the old secret of an application now' },
  cancelSecretRotation: {
    path: 'cancel',
    summary: 'End the new secret of an application, while the old one still works',
  },
  disable: { path: 'disable', summary: 'Switch an application off, and its tokens with it' },
  enable: { path: 'enable', summary: 'Switch an application on again' },
} as const

interface Asked {
  readonly path: { readonly client_id: string }
  readonly identity: Identity | null
}

function actionOf({
  identity,
  by,
}: {
  readonly identity: Identity | null
  readonly by: Parameters<Clients['disable']>[1]['by']
}) {
  return { by, owner: personOf(identity).id }
}
