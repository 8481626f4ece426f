import { z } from 'zod'
import { programs } from '../accounts/by-program.ts'
import { isTheirs } from '../accounts/is-theirs.ts'
import { json, nothing } from '../api/answering.ts'
import { operation, type Operation } from '../api/operation.ts'
import { freshly } from '../api/operations-asking-for-proof.ts'
import { id, moment, toMoment } from '../api/wire-values.ts'
import type { Identity } from '../core/identity.ts'
import { allOf } from '../permissions/all-of.ts'
import { hasPermission } from '../permissions/has-permission.ts'
import { isVia } from '../permissions/is-via.ts'
import { not } from '../permissions/not.ts'
import type { ApiKeys } from '../tokens/api-keys.ts'
import type { WorkloadTrusts } from '../tokens/workload-trusts.ts'
import { workloadTrustOperations } from '../organisations/api/workload-trust-operations.ts'
import type { ServiceAccountRecord, ServiceAccounts } from '../tokens/service-accounts.ts'
import { checkMayOpen } from '../organisations/api/check-may-open.ts'
import { checkScopesGiven } from '../organisations/api/check-scopes-given.ts'
import { checkUnbound } from './check-unbound.ts'
import { mayUseAccount } from './organisations-api.ts'
import { ownKey, ownKeyAnswer } from '../organisations/api/own-key-answer.ts'
import { checkKnown } from './own-key-checks.ts'
import { keyShownOnce, newKey, newKeyValues } from './new-key.ts'
import { personOf } from './person-of.ts'

export interface OwnServiceAccountsApiStores {
  readonly serviceAccounts: ServiceAccounts
  readonly apiKeys: Pick<ApiKeys, 'create' | 'list'>
  readonly workloadTrusts: Pick<WorkloadTrusts, 'list' | 'create' | 'remove' | 'test' | 'audienceOf' | 'isWayIn'>
  /** The scopes that keys can have. */
  readonly scopes: readonly string[]
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** The service accounts that one answers for, for programs: what `/portal/service-accounts/` shows. */
export function ownServiceAccountsApi(stores: OwnServiceAccountsApiStores): {
  readonly path: string
  readonly operations: readonly Operation[]
} {
  const { serviceAccounts, apiKeys, scopes: catalogue, clock } = stores
  const common = { tag: 'Your service accounts', permission: mayUseAccount } as const
  // What a key or an application made would act on after it was taken back.
  const sensitive = allOf(freshly(mayUseAccount, clock), not(isVia(...programs)))

  /** Those of somebody else are not there, nor are those of an organisation that one has left. */
  async function find({ path: { id: asked }, identity }: Asked): Promise<ServiceAccountRecord | null> {
    const account = await serviceAccounts.find(asked)
    return account === null || !isTheirs(account, personOf(identity)) ? null : account
  }

  const one = { ...common, params: { id: id('a service account that you answer for') }, object: { find } } as const

  const operations = [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List the service accounts that you answer for',
      answer: json(z.object({ service_accounts: z.array(answered) })),
      handler: async ({ identity }) => {
        const user = personOf(identity)
        const all = await serviceAccounts.list({ ownerId: user.id })
        return { service_accounts: all.filter((account) => isTheirs(account, user)).map(answerOf) }
      },
    }),
    operation({
      ...common,
      permission: allOf(sensitive, hasPermission('service_accounts.add')),
      method: 'POST',
      path,
      summary: 'Make a service account that you answer for',
      description: 'A credential that has scopes gives none but those.',
      body: z.strictObject({ name: z.string(), scopes: z.array(z.string()).max(100).default([]) }),
      answer: json(answered, { status: 201, description: 'The service account is there.' }),
      handler: async ({ identity, body, by }) => {
        checkScopesGiven(identity, body.scopes)
        checkKnown(body.scopes, catalogue)
        return answerOf(await serviceAccounts.create({ ...body, ownerId: personOf(identity).id }, { by }))
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{id}/`,
      summary: 'Read a service account that you answer for',
      answer: json(answered),
      handler: async ({ object }) => answerOf(object),
    }),
    operation({
      ...one,
      method: 'PATCH',
      path: `${path}{id}/`,
      summary: 'Rename a service account, or take scopes from it',
      description: 'Scopes are taken, never added: its keys lose them with it.',
      body: z.strictObject({ name: z.string().optional(), scopes: z.array(z.string()).max(100).optional() }),
      answer: json(answered),
      handler: async ({ object, body, identity, by }) => {
        checkUnbound(identity, ofAll)
        checkKnown(body.scopes ?? [], object.scopes)
        const { name = object.name, scopes = object.scopes } = body
        return answerOf(await serviceAccounts.update(object.id, { name, scopes }, { by }))
      },
    }),
    operation({
      ...one,
      permission: sensitive,
      method: 'DELETE',
      path: `${path}{id}/`,
      summary: 'Delete a service account with its keys and tokens',
      answer: nothing,
      handler: async ({ object, by }) => {
        await serviceAccounts.delete(object.id, { by })
        return undefined
      },
    }),
    ...(['disable', 'enable'] as const).map((action) =>
      operation({
        ...one,
        method: 'POST',
        path: `${path}{id}/${action}/`,
        summary: summaries[action],
        refuses: ['conflict'],
        answer: json(answered),
        handler: async ({ object, identity, by }) => {
          checkUnbound(identity, ofAll)
          if (action === 'enable') checkMayOpen(identity)
          return answerOf(await serviceAccounts[action](object.id, { by }))
        },
      }),
    ),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{id}/keys/`,
      summary: 'List the API keys of a service account',
      description: `Each is read and changed under /api/account/keys/, as your own are.`,
      answer: json(z.object({ keys: z.array(ownKey) })),
      handler: async ({ object }) => ({
        keys: (await apiKeys.list({ kind: 'service_account', id: object.id })).map(ownKeyAnswer),
      }),
    }),
    operation({
      ...one,
      permission: sensitive,
      method: 'POST',
      path: `${path}{id}/keys/`,
      summary: 'Make an API key of a service account',
      description:
        'The answer is the only time that it is shown. It ends after 90 days, unless you say when. A credential that has scopes gives none but those.',
      refuses: ['conflict'],
      body: newKey,
      answer: keyShownOnce,
      handler: async ({ object, identity, body, by }) => {
        checkScopesGiven(identity, body.scopes)
        checkKnown(body.scopes, object.scopes)
        const owner = { kind: 'service_account', id: object.id } as const
        const { key, record } = await apiKeys.create({ owner, ...newKeyValues(body, clock()), by })
        return { key, record: ownKeyAnswer(record) }
      },
    }),
    ...workloadTrustOperations(
      {
        ...one,
        path: `${path}{id}/`,
        sensitive,
        object: {
          find: async (asked) => {
            const account = await find(asked)
            return account === null ? null : { id: account.id, checkMay }
          },
        },
      },
      stores,
    ),
  ]
  return { path, operations }
}

const path = '/api/account/service-accounts/'

/** Why a token for one organisation changes none. */
const ofAll = 'a service account is for all of them'

function checkMay(action: 'view' | 'change', identity: Identity | null): void {
  if (action === 'change') checkUnbound(identity, ofAll)
}

const summaries = {
  disable: 'Switch a service account off, and its keys with it',
  enable: 'Switch a service account on again',
} as const

const answered = z
  .object({
    id: z.string(),
    name: z.string(),
    organisation: z.string().nullable().meta({ description: 'The id of the organisation that it belongs to.' }),
    scopes: z.array(z.string()).readonly().meta({ description: 'What its keys may do at most.' }),
    is_active: z.boolean(),
    is_held: z
      .boolean()
      .meta({ description: 'Whether an administrator switched it off: then only one switches it on.' }),
    created_at: moment,
  })
  .meta({ id: 'OwnServiceAccount', description: 'A program that you answer for.' })

function answerOf({ id: ownId, name, organisationId, scopes, isActive, isHeld, createdAt }: ServiceAccountRecord) {
  return {
    id: ownId,
    name,
    organisation: organisationId,
    scopes,
    is_active: isActive,
    is_held: isHeld,
    created_at: toMoment(createdAt),
  }
}

interface Asked {
  readonly path: { readonly id: string }
  readonly identity: Identity | null
}
