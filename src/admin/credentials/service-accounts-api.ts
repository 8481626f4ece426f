import { z } from 'zod'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { flag, id, momentSent } from '../../api/wire-values.ts'
import type { ApiKeys } from '../../tokens/api-keys.ts'
import { workloadTrustOperations } from '../../organisations/api/workload-trust-operations.ts'
import type { WorkloadTrusts } from '../../tokens/workload-trusts.ts'
import type { CountAccountKeys } from '../../tokens/service-account-keys.ts'
import type { ServiceAccountList } from '../../tokens/service-account-list.ts'
import type { ServiceAccounts, ServiceAccountValues } from '../../tokens/service-accounts.ts'
import { key, keyAnswer } from './key-answer.ts'
import {
  listedServiceAccount,
  listedServiceAccountAnswer,
  serviceAccount,
  serviceAccountAnswer,
} from './service-account-answer.ts'
import { freshly } from '../../api/operations-asking-for-proof.ts'
import { mayAdminister } from '../may-administer.ts'

export interface ServiceAccountsApiStores {
  readonly serviceAccountList: ServiceAccountList
  readonly countAccountKeys: CountAccountKeys
  readonly serviceAccounts: ServiceAccounts
  readonly apiKeys: Pick<ApiKeys, 'create'>
  readonly workloadTrusts: Pick<WorkloadTrusts, 'list' | 'create' | 'remove' | 'test' | 'audienceOf' | 'isWayIn'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Programs that act under their own name, for administrators. */
export function serviceAccountsApi(stores: ServiceAccountsApiStores): readonly Operation[] {
  const { serviceAccountList, countAccountKeys, serviceAccounts, apiKeys, clock } = stores
  const common = { tag: 'Service accounts', permission: mayAdminister } as const
  const one = {
    ...common,
    params: { id: id('a service account') },
    object: {
      find: async ({ path }: { readonly path: { readonly id: string } }) => serviceAccounts.find(path.id),
    },
  } as const

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List service accounts, newest first',
      isPaged: true,
      query: {
        owner: z
          .string()
          .max(64)
          .optional()
          .meta({ description: 'Only those that this user answers for; none: only those for whom nobody does (all).' }),
        orphans: flag('Only those whose owner has left: nobody answers for them, or their account is disabled (all).'),
        active: flag('Only those that are on, or only those that are off (all).'),
      },
      answer: json(z.object({ service_accounts: z.array(listedServiceAccount), next: z.string().nullable() })),
      handler: async ({ query, page }) => {
        const ownerId = query.owner === 'none' ? null : query.owner
        const { items, next } = await serviceAccountList(
          { ownerId, isActive: query.active, isOrphan: query.orphans },
          page,
        )
        const keys = await countAccountKeys(items.map(({ id: account }) => account))
        return { service_accounts: items.map((one) => listedServiceAccountAnswer(one, keys.get(one.id))), next }
      },
    }),
    operation({
      ...common,
      method: 'POST',
      path,
      summary: 'Make a service account',
      body: z.strictObject({
        ...serviceAccountMembers,
        name: serviceAccountMembers.name.unwrap(),
        organisation: z
          .string()
          .nullable()
          .default(null)
          .meta({ description: 'The id of the organisation that it belongs to.' }),
      }),
      answer: json(serviceAccount, { status: 201, description: 'The service account is there.' }),
      handler: async ({ body, by }) =>
        serviceAccountAnswer(
          await serviceAccounts.create(
            { ...valuesIn(body), name: body.name, organisationId: body.organisation },
            { by },
          ),
        ),
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{id}/`,
      summary: 'Read a service account',
      answer: json(serviceAccount),
      handler: async ({ object }) => serviceAccountAnswer(object),
    }),
    operation({
      ...one,
      method: 'PATCH',
      path: `${path}{id}/`,
      summary: 'Change what is sent of a service account',
      body: z.strictObject(serviceAccountMembers),
      answer: json(serviceAccount),
      handler: async ({ object, body, by }) =>
        serviceAccountAnswer(await serviceAccounts.update(object.id, valuesIn(body), { by })),
    }),
    operation({
      ...one,
      method: 'DELETE',
      path: `${path}{id}/`,
      summary: 'Delete a service account with its tokens and keys',
      answer: nothing,
      handler: async ({ object, by }) => serviceAccounts.delete(object.id, { by }).then(() => undefined),
    }),
    ...(['disable', 'enable'] as const).map((action) =>
      operation({
        ...one,
        method: 'POST',
        path: `${path}{id}/${action}/`,
        summary: action === 'disable' ? 'Switch a service account off' : 'Switch a service account on again',
        answer: json(serviceAccount),
        handler: async ({ object, by }) =>
          serviceAccountAnswer(await serviceAccounts[action](object.id, { by, asAdministrator: true })),
      }),
    ),
    operation({
      ...one,
      permission: freshly(mayAdminister, clock),
      method: 'POST',
      path: `${path}{id}/keys/`,
      summary: 'Make an API key for a service account',
      description: 'The answer is the only time that the key is shown.',
      body: z.strictObject({
        name: z.string(),
        purpose: keyMembers.purpose.default(''),
        mode: keyMembers.mode.default('live'),
        scopes: keyMembers.scopes.default([]),
        allowed_addresses: keyMembers.allowed_addresses.default([]),
        rate: keyMembers.rate.default(null),
        expires_at: keyMembers.expires_at.default(null),
      }),
      answer: json(z.object({ key: z.string(), record: key }), { status: 201, description: 'The key, this once.' }),
      handler: async ({ object, body, by }) => {
        const { allowed_addresses: allowedAddresses, expires_at: expiresAt, ...rest } = body
        const owner = { kind: 'service_account', id: object.id } as const
        const made = await apiKeys.create({ owner, allowedAddresses, expiresAt, ...rest, by })
        return { key: made.key, record: keyAnswer(made.record) }
      },
    }),
    ...workloadTrustOperations({ ...one, path: `${path}{id}/`, sensitive: freshly(mayAdminister, clock) }, stores),
  ]
}

const path = '/api/admin/service-accounts/'

/** What is sent to make or change a service account. */
export const serviceAccountMembers: {
  readonly name: z.ZodOptional<z.ZodString>
  readonly owner: z.ZodOptional<z.ZodNullable<z.ZodString>>
  readonly scopes: z.ZodOptional<z.ZodArray<z.ZodString>>
  readonly permissions: z.ZodOptional<z.ZodArray<z.ZodString>>
} = {
  name: z.string().optional(),
  owner: z.string().nullable().optional().meta({ description: 'The id of the user who answers for it.' }),
  scopes: z.array(z.string()).max(100).optional(),
  permissions: z.array(z.string()).max(1000).optional(),
}

/** What is sent to make a key, beside its name. */
export const keyMembers: {
  readonly purpose: z.ZodString
  readonly mode: z.ZodEnum<{ live: 'live'; test: 'test' }>
  readonly scopes: z.ZodArray<z.ZodString>
  readonly allowed_addresses: z.ZodArray<z.ZodString>
  readonly rate: z.ZodNullable<z.ZodString>
  readonly expires_at: z.ZodNullable<z.ZodType<number, string>>
} = {
  purpose: z.string().meta({ description: 'What it is for, in up to 500 characters: for people alone.' }),
  mode: z.enum(['live', 'test']),
  scopes: z.array(z.string()).max(100),
  allowed_addresses: z.array(z.string()).max(100),
  rate: z.string().nullable(),
  expires_at: momentSent('When it ends (never).').nullable(),
}

function valuesIn({
  name,
  owner,
  scopes,
  permissions,
}: z.output<z.ZodObject<typeof serviceAccountMembers>>): Partial<ServiceAccountValues> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(owner === undefined ? {} : { ownerId: owner }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(permissions === undefined ? {} : { permissions }),
  }
}
