import { z } from 'zod'
import { json } from '../../api/answering.ts'
import { type Described, operation, type Operation } from '../../api/operation.ts'
import type { Auth } from '../../core/auth.ts'
import type { Explanation, PermissionStep } from '../../core/explain.ts'
import { isAuthenticated } from '../../permissions/is-authenticated.ts'
import { mayAdminister } from '../may-administer.ts'

export interface ExplainApiStores {
  readonly auth: Pick<Auth, 'explain'>
  /** What is asked at a path; `null` where that is not known. */
  readonly permissionAt: (method: string, path: string) => Described['permission']
}

/** The access tester: a request goes in, and out comes why it would be let in or refused. */
export function explainApi({ auth, permissionAt }: ExplainApiStores): readonly Operation[] {
  return [
    operation({
      tag: 'Access tester',
      permission: mayAdminister,
      method: 'POST',
      path: '/api/admin/explain/',
      summary: 'Explain why a request would be let in or refused',
      description:
        'What is pasted here is kept nowhere. Credentials are really checked: a wrong password counts as a guess. Throttles are looked at, not used up. Where the policy of the path is not known, any principal is asked for.',
      body: z.strictObject({
        method: z
          .string()
          .regex(/^[A-Z]{1,20}$/, 'It has to be a method in capitals.')
          .default('GET'),
        path: z
          .string()
          .regex(/^\/[^\s#]*$/, 'It has to be a path such as /api/notes/.')
          .max(2048)
          .default('/'),
        token: z.string().max(16_384).optional().meta({ description: 'Sent as Authorization: Bearer.' }),
        headers: z
          .record(z.string().regex(/^[\w-]{1,100}$/, 'It has to be the name of a header.'), z.string().max(16_384))
          .default({}),
        address: z.union([z.ipv4(), z.ipv6()]).optional().meta({ description: 'Where it comes from (where you are).' }),
      }),
      answer: json(explanation),
      handler: async ({ request, body }) => {
        const headers = new Map(Object.entries(body.headers).map(([name, value]) => [name.toLowerCase(), value.trim()]))
        if (body.token !== undefined) headers.set('authorization', `Bearer ${body.token.trim()}`)
        const asked = {
          method: body.method,
          url: body.path,
          headers: { get: (name: string) => headers.get(name) ?? null, keys: () => headers.keys() },
          peer: { address: body.address ?? request.address },
        }
        const permission = permissionAt(body.method, body.path.replace(/\?.*$/s, '')) ?? isAuthenticated
        return answerOf(await auth.explain(asked, permission))
      },
    }),
  ]
}

const permissionStep: z.ZodType<PermissionStep, PermissionStep> = z
  .lazy(() =>
    z.object({
      name: z.string(),
      outcome: z.enum(['granted', 'denied', 'not asked']),
      code: z.string().optional(),
      detail: z.string().optional(),
      parts: z.array(permissionStep).readonly().optional(),
    }),
  )
  .meta({ id: 'PermissionStep', description: 'A rule, what it said, and the rules that it is made of.' }) as z.ZodType<
  PermissionStep,
  PermissionStep
>

const explanation = z
  .object({
    request: z.object({ method: z.string(), path: z.string(), address: z.string().nullable() }),
    authenticators: z.array(
      z.object({
        name: z.string(),
        outcome: z.enum(['skipped', 'took it', 'refused', 'not asked']),
        code: z.string().optional(),
        detail: z.string().optional(),
      }),
    ),
    throttles: z.array(
      z.object({
        name: z.string(),
        stage: z.enum(['before', 'after', 'failure']),
        remaining: z.number().nullable(),
        wait: z.number().nullable(),
      }),
    ),
    permission: permissionStep.nullable().meta({ description: 'null: authentication failed before.' }),
    identity: z
      .object({
        via: z.string(),
        principal: z.object({ kind: z.enum(['user', 'service_account', 'client']), id: z.string(), name: z.string() }),
      })
      .nullable(),
    answer: z.object({
      allowed: z.boolean(),
      status: z.int(),
      code: z.string().nullable(),
      detail: z.string().nullable(),
    }),
  })
  .meta({
    id: 'Explanation',
    description: 'Every authenticator, throttle and permission with its answer, and no secret.',
  })

function answerOf({ authenticators, throttles, permission, ...rest }: Explanation): z.input<typeof explanation> {
  return { ...rest, authenticators: [...authenticators], throttles: [...throttles], permission: permission ?? null }
}
