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

/** How the review of an application stands that is not reviewed. */
export interface ClientReviewRow {
  client_id: bigint
  /** `waiting`: its owner has asked for one; `returned`: somebody looked, and wants it changed. */
  state: string
  since: number
}

/** What an owner and those who review say to each other about an application. */
export interface ClientMessageRow {
  id: bigint
  client_id: bigint
  /** `asked`, `said`, `returned` or `reviewed`. */
  kind: string
  is_reviewer: number
  /** Who wrote it, as the audit log has it. */
  actor: string
  body: string
  created_at: number
}

/** Somebody who may use an application that is not reviewed. */
export interface ClientTesterRow {
  client_id: bigint
  /** As `emailKey` makes it. */
  email_key: string
  /** As it was typed. */
  email: string
  created_at: number
}

/** The picture of an application, as it is sent to browsers. */
export interface ClientLogoRow {
  client_id: bigint
  media_type: string
  /** Of the bytes, in base64url: part of its address. */
  digest: string
  bytes: Uint8Array
  updated_at: number
}

/** How often something happened on a day with an application. */
export interface ClientUsageDayRow {
  id: bigint
  client_id: bigint
  /** Whole days since 1970, in UTC. */
  day: number
  /** `tokens`: it was given one; `requests`: one of them came to this API; else the code of an error that it was refused with. */
  what: string
  times: number
}

/** That somebody was told by mail of what ends, and of which end. */
export interface EndingNoticeRow {
  /** `api_key` or `client`. */
  kind: string
  subject_id: bigint
  ends_at: number
}
