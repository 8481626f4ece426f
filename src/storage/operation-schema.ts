// The tables of the server itself: throttles, the audit log, and the processes that are running. See `schema.ts` for what columns hold.

export interface ThrottleCounterRow {
  key: string
  /** When the bucket is full again, in whole microseconds: see `gcra` in `core/gcra.ts`. */
  arrival: number
  expires_at: number
}

/** A limit of its own for one caller. */
export interface ThrottleOverrideRow {
  id: bigint
  /** Which limit: the name of its setting, or `key`. */
  throttle: string
  /** Whose, as buckets are named: `user:4fQ…`, `address:203.0.113.0/24`. */
  subject: string
  /** Such as `100/min`; `null`: they are refused. */
  rate: string | null
  reason: string
  /** Who gave it, as in the audit log. */
  created_by: string
  created_at: number
  expires_at: number
}

export interface AuditEventRow {
  id: bigint
  /** The process that wrote it, and its place in that process's chain. */
  chain_id: bigint
  position: number
  at: number
  /** Such as `session.created`, `key.revoked`, `password.failed`. */
  event: string
  /** Who did it: `user:4fQ…`, `service_account:…`, `system`. */
  actor: string
  /** What it was done to. */
  subject: string
  address: string | null
  request_id: string | null
  /** More about it, JSON, without secrets. */
  detail: string
  /** How many events it stands for: 1, and those that `more` in its detail names, each by subject and request. */
  events: number
  /** SHA-256 over the hash before it in the chain and this row. */
  hash: Uint8Array
}

/** A number for each running process, so that no two make the same id. */
export interface NodeRow {
  number: number
  /** Random, new at each start: whoever reads its own value back holds the number. */
  holder: string
  expires_at: number
}

/** Something that came from another system, and what became of it here. */
export interface ImportRow {
  /** Which installation it came from: `django`, or what the import was told to call it. */
  source: string
  /** What it is, by the words of that system: `auth.user`. */
  model: string
  /** Its key there: for secrets a digest, never they themselves. */
  foreign_key: string
  /** Its id here. It stays when what it names is deleted here, so that nothing that was ended comes back. */
  local_id: bigint
  imported_at: number
}

/** How a running server is, as it said last. */
export interface NodeReportRow {
  /** Its number among the processes that write to the database. */
  number: number
  reported_at: number
  /** JSON: see `node-reports.ts`. */
  report: string
}
