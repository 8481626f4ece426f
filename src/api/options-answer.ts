import type { Identity } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts'
import { isPermitted } from './is-permitted.ts'
import { bodySchema } from './json-schemas.ts'
import type { Operation } from './operation.ts'

/**
 * What `OPTIONS` answers: what can be done at a path, but only what this caller may do; for what they may, what it takes.
 * `Allow` names every method that there is (RFC 9110, section 9.3.7).
 */
export async function optionsAnswer({
  request,
  identity,
  operations,
}: {
  readonly request: Exchange
  readonly identity: Identity | null
  readonly operations: readonly Operation[]
}): Promise<Answer> {
  const actions: [string, unknown][] = []
  for (const one of operations) {
    const check = { request: as(one.method, request), identity, resource: undefined }
    if (!(await isPermitted(one.permission, check))) continue
    const schema = bodySchema(one)
    actions.push([
      one.method,
      { summary: one.summary, policy: one.policy, ...(schema === null ? {} : { body: schema }) },
    ])
  }
  const allow = [...operations.map(({ method }) => method), 'OPTIONS'].join(', ')
  return jsonAnswer({ actions: Object.fromEntries(actions) }, 200, [['allow', allow]])
}

/** The same request under another method: some rules ask whether it reads or writes. */
function as(method: string, { url, headers, peer, field }: Exchange): AuthRequest {
  return { method, url, headers, peer, field }
}
