import { z } from 'zod'
import { RequestRefused } from '../core/errors.ts'
import type { WorkloadTrust } from '../tokens/workload-trusts.ts'
import { type DeclaredAction, type DeclaredStores, wrong } from './kind.ts'

/** Whose tokens stand for a service account; without `audience`, those with the audience that is of it alone. */
interface DeclaredTrust {
  readonly issuer: string
  readonly subject: string
  readonly audience?: string | undefined
  readonly scopes?: string[] | undefined
}

export const trustList: z.ZodType<readonly DeclaredTrust[], readonly DeclaredTrust[]> = z
  .array(
    z.strictObject({
      issuer: z.string(),
      subject: z.string(),
      audience: z.string().optional(),
      scopes: z.array(z.string()).max(100).optional(),
    }),
  )
  .max(20)

/**
 * Makes these what a service account trusts, and nothing else: a trust is a way in, and one that was taken out of the file ends. What
 * is the same stays as it is.
 */
export async function setTrusts(
  { workloadTrusts }: Pick<DeclaredStores, 'workloadTrusts'>,
  accountId: string,
  declared: readonly DeclaredTrust[],
  { by }: Pick<DeclaredAction, 'by'>,
): Promise<void> {
  const ownAudience = workloadTrusts.audienceOf(accountId)
  const wanted = declared.map(({ issuer, subject, audience = ownAudience, scopes = [] }, index) => {
    const values = { issuer, subject, audience, scopes }
    return { values, count: index + 1, text: textOf(values) }
  })
  const there = new Set<string>()
  for (const trust of await workloadTrusts.list(accountId)) {
    if (wanted.some(({ text }) => text === textOf(trust))) there.add(textOf(trust))
    else await workloadTrusts.remove(accountId, trust.id, { by })
  }
  for (const { values, count, text } of wanted) {
    // The second of two that are the same is for the store to refuse.
    if (there.delete(text)) continue
    try {
      await workloadTrusts.create(accountId, values, { by })
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error
      throw wrong('trusts', `No. ${count} cannot be so: ${error.message}`)
    }
  }
}

/** What is the same of two trusts that are the same. */
function textOf({
  issuer,
  subject,
  audience,
  scopes,
}: Pick<WorkloadTrust, 'issuer' | 'subject' | 'audience' | 'scopes'>): string {
  return JSON.stringify([issuer, subject, audience, [...new Set(scopes)].toSorted()])
}
