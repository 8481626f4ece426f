import type { Auth } from '../core/auth.ts'
import type { Identity } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import type { Gate } from './gate.ts'

/** That a request came to the gate of its route, and who was let in. */
export interface Admission {
  readonly gate: Gate
  /** `undefined` until somebody is, `null` for a stranger. */
  identity: Identity | null | undefined
}

const kept: unique symbol = Symbol('doorward.admission')

/** Asks a gate, and remembers with the request who passed. Of several gates on the way the last one counts. */
export async function pass(gate: Gate, request: AuthRequest & { [kept]?: Admission }): Promise<Identity | null> {
  const admission: Admission = { gate, identity: undefined }
  request[kept] = admission
  return (admission.identity = await gate.ask(request, gate.permission))
}

/** What is remembered, `undefined` where the request came to no gate. */
export function admissionOf(request: AuthRequest & { readonly [kept]?: Admission }): Admission | undefined {
  return request[kept]
}

/** The door that answers for a request: that of the gate it came to, or `fallback`. */
// oxlint-disable-next-line typescript/no-explicit-any -- refusing asks for no kind of identity
export function doorOf(request: AuthRequest, fallback: Auth<any>): Auth<any> {
  return admissionOf(request)?.gate.auth ?? fallback
}
