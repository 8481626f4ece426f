import type { Columns } from './columns.ts'

/** The tables of the server itself, for `columns`. */
export const operationTables: Columns<
  'throttle_counters' | 'throttle_overrides' | 'audit_events' | 'imports' | 'nodes' | 'node_reports'
> = {
  throttle_counters: { key: 'text', arrival: 'integer', expires_at: 'integer' },
  throttle_overrides: {
    id: 'id',
    throttle: 'text',
    subject: 'text',
    rate: 'text',
    reason: 'text',
    created_by: 'text',
    created_at: 'integer',
    expires_at: 'integer',
  },
  audit_events: {
    id: 'id',
    chain_id: 'id',
    position: 'integer',
    at: 'integer',
    event: 'text',
    actor: 'text',
    subject: 'text',
    address: 'text',
    request_id: 'text',
    detail: 'text',
    events: 'integer',
    hash: 'bytes',
  },
  imports: { source: 'text', model: 'text', foreign_key: 'text', local_id: 'id', imported_at: 'integer' },
  nodes: { number: 'integer', holder: 'text', expires_at: 'integer' },
  node_reports: { number: 'integer', reported_at: 'integer', report: 'text' },
}
