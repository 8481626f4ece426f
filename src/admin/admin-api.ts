import type { Operation } from '../api/operation.ts'
import { clientsApi } from './clients-api.ts'

/** The operations of one resource, and the path that they are at and below. */
export interface Resource {
  readonly path: string
  readonly operations: readonly Operation[]
}

export type AdminApiStores = Parameters<typeof clientsApi>[0]

/** The JSON API for administrators: one resource for each thing that the console shows. */
export function adminApi(stores: AdminApiStores): readonly Resource[] {
  return [{ path: '/api/admin/clients/', operations: clientsApi(stores) }]
}
