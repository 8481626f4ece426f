import { z } from 'zod'
import { isByProgram } from '../../accounts/by-program.ts'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { id, momentSent } from '../../api/wire-values.ts'
import { PermissionDenied, RequestRefused } from '../../core/errors.ts'
import type { Identity } from '../../core/identity.ts'
import type { ApiKeys } from '../../tokens/api-keys.ts'
import type { WorkloadTrusts } from '../../tokens/workload-trusts.ts'
import type { ServiceAccountRecord, ServiceAccounts } from '../../tokens/service-accounts.ts'
import { checkMay } from '../authority.ts'
import { ownServiceAccount, serviceAccountAnswer } from './service-account-answer.ts'
import { ownKey, ownKeyAnswer } from './own-key-answer.ts'
import { checkMayOpen } from './check-may-open.ts'
import { checkScopesGiven } from './check-scopes-given.ts'
import { workloadTrustOperations } from './workload-trust-operations.ts'
import { type ApiPlace, type EnteredByApi, inOrganisation } from './api-place.ts'

export interface ServiceAccountOperationStores {
  readonly serviceAccounts: Pick<ServiceAccounts, 'list' | 'find' | 'create' | 'disable' | 'enable' | 'delete'>
  readonly apiKeys: Pick<ApiKeys, 'list' | 'create' | 'revoke'>
  readonly workloadTrusts: Pick<WorkloadTrusts, 'list' | 'create' | 'remove' | 'test' | 'audienceOf' | 'isWayIn'>
}

/** The service accounts of an organisation, and their keys. */
export function serviceAccountOperations(place: ApiPlace, stores: ServiceAccountOperationStores): readonly Operation[] {
  const { serviceAccounts, apiKeys } = stores
  const common = inOrganisation(place)
  const one = { ...common, params: { ...common.params, account: id('a service account') } } as const
  const path = `${place.path}service-accounts/`

  async function accountOf({ organisation }: EnteredByApi, accountId: string): Promise<ServiceAccountRecord> {
    const found = await serviceAccounts.find(accountId)
    if (found === null || found.organisationId !== organisation.id) throw new RequestRefused('not_found')
    return found
  }

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List the service accounts of an organisation',
      answer: json(z.object({ service_accounts: z.array(ownServiceAccount) })),
      handler: async ({ object }) => {
        checkMay(object.authority, 'service_accounts.view')
        const all = await serviceAccounts.list({ organisationId: object.organisation.id })
        return { service_accounts: all.map(serviceAccountAnswer) }
      },
    }),
    operation({
      ...common,
      method: 'POST',
      path,
      summary: 'Make a service account of an organisation',
      body: z.strictObject({
        name: z.string(),
        scopes: z.array(z.string()).max(100).default([]),
        permissions: z.array(z.string()).max(100).default([]),
      }),
      answer: json(ownServiceAccount, { status: 201, description: 'The service account is there.' }),
      handler: async ({ object, body, by }) => {
        checkMay(object.authority, 'service_accounts.add')
        return serviceAccountAnswer(
          await serviceAccounts.create(
            { ...body, organisationId: object.organisation.id },
            { by, allowedBy: object.authority.userId },
          ),
        )
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{account}/`,
      summary: 'Read a service account of an organisation',
      answer: json(ownServiceAccount),
      handler: async ({ object, path: { account } }) => {
        checkMay(object.authority, 'service_accounts.view')
        return serviceAccountAnswer(await accountOf(object, account))
      },
    }),
    ...(['disable', 'enable'] as const).map((action) =>
      operation({
        ...one,
        method: 'POST',
        path: `${path}{account}/${action}/`,
        summary: summaries[action],
        refuses: ['conflict'],
        answer: json(ownServiceAccount),
        handler: async ({ object, path: { account }, identity, by }) => {
          const { organisation, authority } = object
          checkMay(authority, 'service_accounts.change')
          if (action === 'enable' && !authority.isOperator) checkMayOpen(identity)
          const found = await accountOf(object, account)
          return serviceAccountAnswer(
            await serviceAccounts[action](found.id, {
              by,
              organisationId: organisation.id,
              asAdministrator: authority.isOperator,
              allowedBy: authority.userId,
            }),
          )
        },
      }),
    ),
    operation({
      ...one,
      method: 'DELETE',
      path: `${path}{account}/`,
      summary: 'Delete a service account with its keys',
      answer: nothing,
      handler: async ({ object, path: { account }, by }) => {
        checkMay(object.authority, 'service_accounts.delete')
        const found = await accountOf(object, account)
        await serviceAccounts.delete(found.id, {
          by,
          organisationId: object.organisation.id,
          allowedBy: object.authority.userId,
        })
        return undefined
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{account}/keys/`,
      summary: 'List the API keys of a service account',
      answer: json(z.object({ keys: z.array(ownKey) })),
      handler: async ({ object, path: { account } }) => {
        checkMay(object.authority, 'service_accounts.view')
        const keys = await apiKeys.list({ kind: 'service_account', id: (await accountOf(object, account)).id })
        return { keys: keys.map(ownKeyAnswer) }
      },
    }),
    operation({
      ...one,
      permission: place.sensitive ?? place.permission,
      method: 'POST',
      path: `${path}{account}/keys/`,
      summary: 'Make an API key for a service account',
      description:
        'The answer is the only time that the key is shown. For a member, a credential that has scopes gives none but those, and neither an API key nor the token of an application makes one.',
      body: z.strictObject({
        name: z.string(),
        scopes: z.array(z.string()).max(100).default([]),
        expires_at: momentSent('When it ends (never).').nullable().default(null),
      }),
      answer: json(z.object({ id: z.string(), key: z.string() }), { status: 201, description: 'The key, this once.' }),
      handler: async ({ object, path: { account }, body, identity, by }) => {
        checkMay(object.authority, 'service_accounts.change')
        if (!object.authority.isOperator) checkMayMakeKey(identity, body.scopes)
        const owner = { kind: 'service_account', id: (await accountOf(object, account)).id } as const
        const { expires_at: expiresAt, ...rest } = body
        const allowedBy = object.authority.userId
        const { key, record } = await apiKeys.create({ owner, ...rest, expiresAt, by, allowedBy })
        return { id: record.id, key }
      },
    }),
    operation({
      ...one,
      params: { ...one.params, key: id('an API key') },
      method: 'DELETE',
      path: `${path}{account}/keys/{key}/`,
      summary: 'Revoke an API key of a service account, for good',
      answer: nothing,
      handler: async ({ object, path: { account, key }, by }) => {
        checkMay(object.authority, 'service_accounts.change')
        const owner = { kind: 'service_account', id: (await accountOf(object, account)).id } as const
        await apiKeys.revoke(key, { by, owner, allowedBy: object.authority.userId })
        return undefined
      },
    }),
    ...workloadTrustOperations(
      {
        ...one,
        path: `${path}{account}/`,
        sensitive: place.sensitive ?? place.permission,
        object: {
          find: async ({ path: { organisation, account }, identity }) => {
            const entered = await place.enter(organisation, identity)
            if (entered === null) return null
            const { authority } = entered
            return {
              id: (await accountOf(entered, account)).id,
              allowedBy: authority.userId,
              checkMay: (action) => checkMay(authority, `service_accounts.${action}`),
            }
          },
        },
      },
      stores,
    ),
  ]
}

const summaries = {
  disable: 'Switch a service account off, and its keys with it',
  enable: 'Switch a service account on again',
} as const

/**
 * One that leaked would live on in those that it made, from other places and without its end; and an application that was taken
 * out in those that it made before.
 */
function checkMayMakeKey(identity: Identity | null, scopes: readonly string[]): void {
  if (identity?.via === 'oauth2') {
    throw new PermissionDenied('permission_denied', 'An application makes no keys. Sign in for that.')
  }
  if (isByProgram(identity)) {
    throw new PermissionDenied('permission_denied', 'A key or a token makes no other keys. Sign in for that.')
  }
  checkScopesGiven(identity, scopes)
}
