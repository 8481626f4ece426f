// The tables of the developer portal: see `schema.ts` for what columns hold.

/** How often a key was used on a day. */
export interface KeyUsageDayRow {
  id: bigint
  key_id: bigint
  /** Whole days since 1970, in UTC. */
  day: number
  /** All of them, those that were refused included. */
  requests: number
  refused: number
}

/** How often a key was refused for one reason on a day. */
export interface KeyRefusalDayRow {
  id: bigint
  key_id: bigint
  /** Whole days since 1970, in UTC. */
  day: number
  /** See `ApiKeyRefusal`. */
  reason: string
  refused: number
}

/** The newest uses of a key. */
export interface KeyRecentUsesRow {
  key_id: bigint
  /** JSON, newest first: see `tokens/key-usage.ts`. */
  uses: string
}
