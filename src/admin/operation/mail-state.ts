import type { By } from '../../tokens/owner.ts'

/** A message by which an administrator sees whether mail arrives. Times are milliseconds since 1970. */
export interface MailTestShown {
  readonly id: string
  /** The mail server that it was for; empty where there was none. */
  readonly server: string
  readonly askedAt: number
  readonly deliveredAt: number | null
  readonly failedAt: number | null
  readonly reason: string | null
  readonly isWaiting: boolean
}

/** How mail is sent from here, and what became of it. */
export interface MailState {
  /** Host and port of the mail server; `null` where there is none. */
  readonly server: string | null
  /** Whom it is from. */
  readonly from: string
  /** Whether it goes anywhere: without a mail server, to the page that development mode shows it on. */
  readonly isOpen: boolean
  /** Whether the mail server took a test. */
  readonly isProved: boolean
  /** How many messages wait (`isMore`: at least), and since when the oldest does. */
  readonly waiting: { readonly count: number; readonly isMore: boolean; readonly since: number | null }
  /** Newest first. */
  readonly tests: readonly MailTestShown[]
  /** What was given up lately, newest first: the kind of a message and why, never whom it was for. */
  readonly givenUp: readonly { readonly at: number; readonly kind: string; readonly reason: string }[]
}

export interface MailStores {
  readonly mailState: () => Promise<MailState>
  /** Sends a test to an address. Throws `conflict` where none can be sent now. */
  readonly testMail: (to: string, by: By) => Promise<MailTestShown>
}
