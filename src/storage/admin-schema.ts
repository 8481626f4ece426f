// The tables of the console for administrators: see `schema.ts` for what columns hold.

/** A superuser who looks at the site as somebody else does, for a while. It hangs on their own session and ends with it. */
export interface ActedSessionRow {
  session_id: bigint
  /** As whom. */
  user_id: bigint
  /** Why, in their own words. */
  reason: string
  created_at: number
  expires_at: number
}

/** A link that makes the first administrator. */
export interface SetupLinkRow {
  id: bigint
  digest: Uint8Array
  created_at: number
  expires_at: number
}

/** A code that signs a superuser in when nothing else does. */
export interface BreakGlassCodeRow {
  id: bigint
  user_id: bigint
  digest: Uint8Array
  created_at: number
  used_at: number | null
  /** From where it was used. */
  address: string | null
  /** When a superuser said that they know of its use. */
  seen_at: number | null
}
