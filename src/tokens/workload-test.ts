import { Unavailable } from '../core/errors.ts'
import { verifyJws } from '../crypto/jws.ts'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import {
  type FindIssuerKey,
  isFitting,
  readWorkloadToken,
  type WorkloadCheck,
  workloadChecks,
  type WorkloadToken,
} from './workload-token.ts'

/** One thing that is looked at when a sample token is tried out, and whether it is right. */
export interface WorkloadFinding {
  readonly check: WorkloadCheck | 'form' | 'issuer' | 'key' | 'signature' | 'alone' | 'active' | 'way_in'
  readonly isGood: boolean
}

/**
 * Tries a sample token against what a service account trusts, step by step. Nobody is signed in by it. Of several trusts of the
 * same issuer it is the one that fits best. What comes after a form or an issuer that is wrong cannot be looked at.
 */
export type TestWorkloadToken = (accountId: string, text: string) => Promise<readonly WorkloadFinding[]>

export function createTestWorkloadToken({
  database: { read },
  findKey,
  isWayIn,
  clock,
}: {
  readonly database: Pick<Database, 'read'>
  readonly findKey: FindIssuerKey
  /** Whether such tokens are let in at all. */
  readonly isWayIn: boolean
  /** Milliseconds since 1970. */
  readonly clock: () => number
}): TestWorkloadToken {
  async function trustsOf(issuer: string) {
    return read
      .selectFrom('workload_trusts')
      .innerJoin('service_accounts', 'service_accounts.id', 'workload_trusts.service_account_id')
      .leftJoin('organisations', 'organisations.id', 'service_accounts.organisation_id')
      .select(['workload_trusts.service_account_id', 'workload_trusts.subject', 'workload_trusts.audience'])
      .select(['service_accounts.is_active', 'service_accounts.organisation_suspended'])
      .select('organisations.longest_key_lifetime as longestLife')
      .where('workload_trusts.issuer', '=', issuer)
      .orderBy('workload_trusts.id')
      .execute()
  }

  async function signed({ jws, issuer }: WorkloadToken): Promise<readonly WorkloadFinding[]> {
    const key = await keyOrNone(issuer, jws.header)
    if (key === null) return [{ check: 'key', isGood: false }]
    return [
      { check: 'key', isGood: true },
      { check: 'signature', isGood: verifyJws(jws, key) },
    ]
  }

  const keyOrNone: FindIssuerKey = async (issuer, header) => {
    try {
      return await findKey(issuer, header)
    } catch (error) {
      if (error instanceof Unavailable) return null
      throw error
    }
  }

  return async (accountId, text) => {
    const account = parseId(accountId)
    const token = readWorkloadToken(text.trim())
    if (token === null) return [{ check: 'form', isGood: false }]
    const trusts = await trustsOf(token.issuer)
    const now = Math.floor(clock())
    const tried = trusts
      .filter((trust) => trust.service_account_id === account)
      .map((trust) => ({
        trust,
        findings: Object.entries(workloadChecks).map(([check, isRight]) => ({
          check: check as WorkloadCheck,
          isGood: isRight(token, trust, now),
        })),
      }))
      .toSorted((one, other) => good(other.findings) - good(one.findings))
    const [best] = tried
    const form = { check: 'form', isGood: true } as const
    if (best === undefined) return [form, { check: 'issuer', isGood: false }]
    const others = trusts.filter((trust) => trust.service_account_id !== account)
    return [
      form,
      { check: 'issuer', isGood: true },
      ...best.findings,
      ...(await signed(token)),
      { check: 'alone', isGood: !others.some((trust) => isFitting(token, trust, now)) },
      { check: 'active', isGood: best.trust.is_active === 1 && best.trust.organisation_suspended !== 1 },
      { check: 'way_in', isGood: isWayIn },
    ]
  }
}

function good(findings: readonly WorkloadFinding[]): number {
  return findings.filter(({ isGood }) => isGood).length
}
