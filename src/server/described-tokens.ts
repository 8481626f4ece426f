import { z } from 'zod'
import { described } from '../api/described.ts'
import type { Described } from '../api/operation.ts'
import type { Settings } from './settings.ts'

/** What is told about the endpoints under `/api/token/`. */
export function describedTokens({ apiTokens }: Pick<Settings, 'apiTokens'>): readonly Described[] {
  const post = (path: string, summary: string, body: z.ZodType, answers: z.ZodType, more: More = {}): Described =>
    described({ method: 'POST', path, tag: 'Sign in for a token', summary, body, answers, ...more })
  const wrong = { refuses: ['no_active_account', 'too_many_attempts'] } as const
  const taken = { refuses: ['token_not_valid', 'no_active_account'] } as const
  const opaque = { refuses: ['authorization', 'too_many_attempts'] } as const

  return [
    apiTokens === 'opaque'
      ? post('/api/token/', 'Get an API token for a username and a password', credentials, one, opaque)
      : post('/api/token/', 'Get a pair of tokens for a username and a password', credentials, pair, wrong),
    post('/api/token/refresh/', 'Get a new pair for a refresh token', z.object({ refresh: z.string() }), pair, taken),
    post('/api/token/verify/', 'Ask whether a token would be taken', one, z.object({}), taken),
    post(
      '/api/token/blacklist/',
      'End what a refresh token began',
      z.object({ refresh: z.string() }),
      z.object({}),
      taken,
    ),
    post('/api/token-auth/', 'Get an API token for a username and a password', credentials, one, opaque),
    post('/api/token/sliding/', 'Get a sliding token for a username and a password', credentials, one, wrong),
    post('/api/token/sliding/refresh/', 'Get a new sliding token for one', one, one, taken),
  ]
}

type More = Pick<Described, never> & { readonly refuses?: NonNullable<Described['refuses']> }

const credentials = z.object({
  username: z
    .string()
    .meta({ description: 'The username or the e-mail address. The member may be called email as well.' }),
  password: z.string().meta({ format: 'password' }),
})
const pair = z
  .object({ access: z.string(), refresh: z.string() })
  .meta({ id: 'TokenPair', description: 'An access token and what renews it.' })
const one = z.object({ token: z.string() })
