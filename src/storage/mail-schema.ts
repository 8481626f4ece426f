/** A message that is still to be sent. */
export interface MailOutboxRow {
  id: bigint
  /** What it is about, such as `password_reset`; `nothing` for one that is never sent. */
  kind: string
  /** Whom it goes to and all that it says, sealed: it holds links and codes. */
  sealed: Uint8Array
  attempts: number
  next_attempt_at: number
  created_at: number
  /** When it is of no use any more, sent or not. */
  expires_at: number
}

/** A message by which somebody sees whether mail arrives: it has the id of its row in the outbox. */
export interface MailTestRow {
  id: bigint
  /** The mail server that it was for: host and port; empty where there was none. */
  server: string
  asked_at: number
  /** Until when it is tried. */
  expires_at: number
  delivered_at: number | null
  failed_at: number | null
  reason: string | null
}

/** A link that was sent by mail and works once. */
export interface MailLinkRow {
  id: bigint
  digest: Uint8Array
  /** `password_reset`, `email_verification`, `email_change`, `email_undo`, `deletion_cancel`, `passkey_sign_up`. */
  purpose: string
  user_id: bigint
  /** The address that it is about: the one to verify, to change to, or to go back to. */
  email: string | null
  email_key: string | null
  /** Digest of what must not change meanwhile, such as the password: see `mail-links.ts`. */
  bound_to: Uint8Array
  created_at: number
  expires_at: number
  /** Where whoever asked for it was on their way to; `null` for home. */
  next: string | null
  /** The administrator to whom it was shown, who has to be allowed that still when it is used; `null`: it was mailed. */
  maker_id: bigint | null
}

/** A code that was sent by mail, for the browser that asked for it. */
export interface MailCodeRow {
  id: bigint
  /** Of what that browser holds. */
  digest: Uint8Array
  /** Keyed, since codes are short. */
  code_digest: Uint8Array
  /** `null` where there is no such account: then no code is right. */
  user_id: bigint | null
  /** Digest of what must not change meanwhile. */
  bound_to: Uint8Array
  attempts_left: number
  spent_at: number | null
  created_at: number
  expires_at: number
}
