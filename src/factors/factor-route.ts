import type { Endpoint } from '../http/exchange.ts'

/** What is at one path. */
export interface FactorRoute {
  readonly path: string
  readonly methods: { readonly GET?: Endpoint; readonly POST?: Endpoint }
}
