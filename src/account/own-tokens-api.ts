import { z } from 'zod'
import { json, nothing } from '../api/answering.ts'
import { operation, type Operation } from '../api/operation.ts'
import { id, moment, momentOrNull, toMoment } from '../api/wire-values.ts'
import { RequestRefused } from '../core/errors.ts'
import { allOf } from '../permissions/all-of.ts'
import { isVia } from '../permissions/is-via.ts'
import { not } from '../permissions/not.ts'
import type { ApiTokens } from '../tokens/api-tokens.ts'
import type { SignedInProgram } from '../tokens/family-list.ts'
import type { TokenPairs } from '../tokens/pairs.ts'
import { mayUseAccount } from './organisations-api.ts'
import { personOf } from './person-of.ts'

export interface OwnTokensApiStores {
  readonly apiTokens: Pick<ApiTokens, 'list' | 'revoke'>
  readonly pairs: Pick<TokenPairs, 'revokeFamily'>
  /** The programs that somebody is signed in to by pairs of tokens. */
  readonly programs: (userId: string) => Promise<readonly SignedInProgram[]>
}

interface Resource {
  readonly path: string
  readonly operations: readonly Operation[]
}

/** One's own opaque tokens, and the programs that signed in by pairs of them: what `/account/tokens/` shows. */
export function ownTokensApi({ apiTokens, pairs, programs }: OwnTokensApiStores): readonly Resource[] {
  // What an application or a key could end here are the ways in of others.
  const common = { tag: 'Your tokens', permission: allOf(mayUseAccount, not(isVia('oauth2', 'apiKey'))) } as const
  const tokens = [
    operation({
      ...common,
      method: 'GET',
      path: tokensPath,
      summary: 'List your opaque tokens',
      answer: json(z.object({ tokens: z.array(token) })),
      handler: async ({ identity }) => ({
        tokens: (await apiTokens.list({ kind: 'user', id: personOf(identity).id })).map((one) => ({
          id: one.id,
          name: one.name,
          masked: one.masked,
          created_at: toMoment(one.createdAt),
          last_used_at: toMoment(one.lastUsedAt),
          expires_at: toMoment(one.expiresAt),
        })),
      }),
    }),
    operation({
      ...common,
      params: { id: id('a token of yours') },
      method: 'DELETE',
      path: `${tokensPath}{id}/`,
      summary: 'Revoke a token, for good',
      answer: nothing,
      handler: async ({ identity, path, by }) => {
        const owner = { kind: 'user', id: personOf(identity).id } as const
        if (await apiTokens.revoke(path.id, { by, owner })) return undefined
        throw new RequestRefused('not_found')
      },
    }),
  ]
  const signedIn = [
    operation({
      ...common,
      method: 'GET',
      path: programsPath,
      summary: 'List the programs that are signed in by a pair of tokens',
      description: 'Newest first, two hundred at most.',
      answer: json(z.object({ programs: z.array(program) })),
      handler: async ({ identity }) => ({
        programs: (await programs(personOf(identity).id)).map((one) => ({
          id: one.id,
          signed_in_at: toMoment(one.since),
          refreshed_at: toMoment(one.refreshedAt),
          expires_at: toMoment(one.expiresAt),
        })),
      }),
    }),
    operation({
      ...common,
      params: { id: id('a program that is signed in') },
      method: 'DELETE',
      path: `${programsPath}{id}/`,
      summary: 'Sign a program out',
      answer: nothing,
      handler: async ({ identity, path, by }) => {
        // Of somebody else's one learns no more than of one that is over.
        const isTheirs = (await programs(personOf(identity).id)).some((one) => one.id === path.id)
        if (isTheirs && (await pairs.revokeFamily(path.id, by))) return undefined
        throw new RequestRefused('not_found')
      },
    }),
  ]
  return [
    { path: tokensPath, operations: tokens },
    { path: programsPath, operations: signedIn },
  ]
}

const tokensPath = '/api/account/tokens/'
const programsPath = '/api/account/programs/'

const token = z
  .object({
    id: z.string(),
    name: z.string(),
    masked: z.string().meta({ description: 'How it begins.' }),
    created_at: moment,
    last_used_at: momentOrNull,
    expires_at: momentOrNull,
  })
  .meta({ id: 'OwnToken', description: 'An opaque token of yours. There is nothing in it that could be used.' })

const program = z
  .object({
    id: z.string(),
    signed_in_at: moment,
    refreshed_at: momentOrNull.meta({ description: 'null: not since it signed in.' }),
    expires_at: moment,
  })
  .meta({ id: 'OwnProgram', description: 'A program that you signed in to, with its pair of tokens.' })
