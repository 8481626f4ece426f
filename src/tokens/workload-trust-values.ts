import { RequestRefused } from '../core/errors.ts'
import type { WorkloadTrustRow } from '../storage/schema.ts'
import { patternFault } from './subject-pattern.ts'
import { scopeList } from './word-list.ts'

export interface WorkloadTrustValues {
  /** The `iss` of its tokens, an https address, letter for letter. */
  readonly issuer: string
  /** Their `sub`, or a pattern: see `subjectFits`. */
  readonly subject: string
  /** What `aud` has to name, letter for letter. */
  readonly audience: string
  /** What they may do at most, beside what bounds the service account (nothing that asks for a scope). */
  readonly scopes?: readonly string[]
}

/** Checks values as they were sent. Throws `RequestRefused` (`invalid`) with a sentence for each field. */
export function workloadTrustColumns(
  { issuer, subject, audience, scopes = [] }: WorkloadTrustValues,
  { ownIssuer, accountId }: { readonly ownIssuer: string; readonly accountId: string },
): Pick<WorkloadTrustRow, 'issuer' | 'subject' | 'audience' | 'scopes'> {
  const faults = {
    issuer: issuerFault(issuer, ownIssuer),
    subject: typeof subject === 'string' ? patternFault(subject) : 'A subject is needed.',
    audience: audienceFault(audience, { ownIssuer, accountId }),
  }
  const wrong = Object.entries(faults).filter(([, fault]) => fault !== null)
  if (wrong.length === 0) return { issuer, subject, audience, scopes: scopeList(scopes) }
  const body = Object.fromEntries(wrong.map(([field, fault]) => [field, [fault ?? '']]))
  throw new RequestRefused('invalid', wrong[0]?.[1] ?? undefined, { body })
}

/** What tokens for one service account name in `aud` where nothing else is chosen: nobody else can trust the same. */
export function ownAudience(ownIssuer: string, accountId: string): string {
  return `${audiencesOf(ownIssuer)}${accountId}`
}

function audiencesOf(ownIssuer: string): string {
  return `${ownIssuer.replace(/\/$/, '')}/service-accounts/`
}

function issuerFault(issuer: unknown, ownIssuer: string): string | null {
  const isText = typeof issuer === 'string' && /^https:\/\/[\x21-\x7e]{1,500}$/.test(issuer) && URL.canParse(issuer)
  const url = isText ? new URL(issuer) : null
  if (url === null || url.username !== '' || url.password !== '' || /[?#]/.test(url.href)) {
    return 'An issuer is an https address without a query, such as https://token.actions.githubusercontent.com.'
  }
  return isText && issuer.replace(/\/$/, '') === ownIssuer.replace(/\/$/, '')
    ? 'This is the issuer of this server, whose tokens are for others.'
    : null
}

function audienceFault(
  audience: unknown,
  { ownIssuer, accountId }: { readonly ownIssuer: string; readonly accountId: string },
): string | null {
  if (typeof audience !== 'string' || !/^[\x21-\x7e]{1,500}$/.test(audience)) {
    return 'An audience is a text of up to 500 characters without blanks.'
  }
  if (!audience.startsWith(audiencesOf(ownIssuer)) || audience === ownAudience(ownIssuer, accountId)) return null
  return 'This audience is that of another service account.'
}
