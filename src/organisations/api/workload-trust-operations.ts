import { z } from 'zod'
import { isByProgram } from '../../accounts/by-program.ts'
import { json, nothing } from '../../api/answering.ts'
import { operation, type ObjectOf, type Operation, type Shape } from '../../api/operation.ts'
import { id, moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import { PermissionDenied } from '../../core/errors.ts'
import type { Identity } from '../../core/identity.ts'
import type { Permission } from '../../core/permission.ts'
import { findingText } from '../../screens/workload-findings.ts'
import type { WorkloadTrust, WorkloadTrusts } from '../../tokens/workload-trusts.ts'
import { checkScopesGiven } from './check-scopes-given.ts'

/** Where the operations on the workload trust of one service account are. */
export interface WorkloadTrustApiPlace<Path extends Shape> {
  /** The path of the service account: `/api/account/service-accounts/{id}/`. */
  readonly path: string
  readonly tag: string
  readonly permission: Permission<Identity | null, undefined>
  /** What is asked besides of whoever makes one. */
  readonly sensitive: Permission<Identity | null, undefined>
  readonly params: Path
  readonly object: ObjectOf<{ readonly [Name in keyof Path]: z.output<Path[Name]> }, TrustingByApi>
}

/** A service account that was found, for whoever asks. */
export interface TrustingByApi {
  readonly id: string
  /** The member whose roles have to allow it (nobody's: it is allowed otherwise). */
  readonly allowedBy?: string | undefined
  /** Throws `PermissionDenied` for those who may not (all may). */
  readonly checkMay?: (action: 'view' | 'change', identity: Identity | null) => void
}

/** What a service account trusts: listed, added, removed, and tried out with a sample token. */
export function workloadTrustOperations<Path extends Shape>(
  place: WorkloadTrustApiPlace<Path>,
  {
    workloadTrusts,
  }: {
    readonly workloadTrusts: Pick<WorkloadTrusts, 'list' | 'create' | 'remove' | 'test' | 'audienceOf' | 'isWayIn'>
  },
): readonly Operation[] {
  const { tag, permission, sensitive, params, object: found } = place
  const common = { tag, permission, params, object: found } as const
  const path = `${place.path}trusts/`
  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List whose tokens stand for a service account',
      answer: json(
        z.object({
          trusts: z.array(trust),
          audience: z.string().meta({ description: 'The audience that is of this service account alone.' }),
          is_way_in: z.boolean().meta({
            description: 'Whether the server takes such tokens at all: whether workload is among its authenticators.',
          }),
        }),
      ),
      handler: async ({ object, identity }) => {
        object.checkMay?.('view', identity)
        const all = await workloadTrusts.list(object.id)
        return {
          trusts: all.map(trustAnswer),
          audience: workloadTrusts.audienceOf(object.id),
          is_way_in: workloadTrusts.isWayIn,
        }
      },
    }),
    operation({
      ...common,
      permission: sensitive,
      method: 'POST',
      path,
      summary: 'Trust an issuer: whoever shows such a token of it is the service account',
      description:
        'For people who have signed in: neither an API key, a token nor an application makes one. A credential that has scopes gives none but those.',
      refuses: ['conflict'],
      body: z.strictObject({
        issuer: z.string().meta({ description: 'The iss of its tokens, an https address, letter for letter.' }),
        subject: z.string().meta({
          description:
            'Their sub. A * stands for one whole segment between colons or slashes, behind two that are written out.',
        }),
        audience: z
          .string()
          .optional()
          .meta({ description: 'What aud has to name (the audience that is of this service account alone).' }),
        scopes: z.array(z.string()).max(100).default([]),
      }),
      answer: json(trust, { status: 201, description: 'It is trusted.' }),
      handler: async ({ object, body, identity, by }) => {
        object.checkMay?.('change', identity)
        checkByPerson(identity)
        checkScopesGiven(identity, body.scopes)
        const { audience = workloadTrusts.audienceOf(object.id), ...values } = body
        const { allowedBy } = object
        return trustAnswer(await workloadTrusts.create(object.id, { ...values, audience }, { by, allowedBy }))
      },
    }),
    operation({
      ...common,
      params: { ...params, trust: id('a workload trust') },
      method: 'DELETE',
      path: `${path}{trust}/`,
      summary: 'Trust an issuer no more: its tokens are refused from the next request on',
      answer: nothing,
      handler: async ({ object, path: asked, identity, by }) => {
        object.checkMay?.('change', identity)
        const { trust: wanted } = asked as unknown as { readonly trust: string }
        await workloadTrusts.remove(object.id, wanted, { by, allowedBy: object.allowedBy })
        return undefined
      },
    }),
    operation({
      ...common,
      method: 'POST',
      path: `${path}test/`,
      summary: 'Try a sample token against what a service account trusts',
      description: 'Nobody is signed in by it, and it is not kept. What comes after a first "no" may not be looked at.',
      body: z.strictObject({ token: z.string().max(8192) }),
      answer: json(z.object({ is_good: z.boolean(), findings: z.array(finding) })),
      handler: async ({ object, body, identity }) => {
        object.checkMay?.('change', identity)
        const findings = await workloadTrusts.test(object.id, body.token)
        return {
          is_good: findings.every(({ isGood }) => isGood),
          findings: findings.map((one) => ({ check: one.check, is_good: one.isGood, text: findingText(one) })),
        }
      },
    }),
  ]
}

const trust = z
  .object({
    id: z.string(),
    issuer: z.string(),
    subject: z.string(),
    audience: z.string(),
    scopes: z.array(z.string()).readonly(),
    created_at: moment,
    last_used_at: momentOrNull,
  })
  .meta({ id: 'WorkloadTrust', description: 'Whose tokens stand for a service account.' })

const finding = z.object({
  check: z.string().meta({
    description:
      'What was looked at: form, issuer, type, algorithm, audience, subject, expiry, beginning, key, signature, alone, active or way_in.',
  }),
  is_good: z.boolean(),
  text: z.string(),
})

function trustAnswer({ id: ownId, issuer, subject, audience, scopes, createdAt, lastUsedAt }: WorkloadTrust) {
  return {
    id: ownId,
    issuer,
    subject,
    audience,
    scopes,
    created_at: toMoment(createdAt),
    last_used_at: toMoment(lastUsedAt),
  }
}

/** What a program let in would stay once the program is taken out. */
function checkByPerson(identity: Identity | null): void {
  if (!isByProgram(identity)) return
  throw new PermissionDenied(
    'permission_denied',
    'A key, a token or an application makes no way in that would outlive it. Sign in for that.',
  )
}
