/** A message to one person. It is written by the program: only names, addresses and moments in it come from elsewhere. */
export interface Message {
  /** What it is about, such as `password_reset`: for the log and the outbox of development mode. */
  readonly kind: string
  /** The address that it goes to, and no other, however it is written. */
  readonly to: string
  readonly subject: string
  /** What it says, from top to bottom. */
  readonly parts: readonly Part[]
  /** When it is of no use any more, in milliseconds since 1970 (a day from now). */
  readonly expiresAt?: number
}

/** A paragraph; a link, which stands alone; a code to be typed in; or facts, such as when and from where. */
export type Part =
  | string
  | { readonly link: string; readonly text: string }
  | { readonly code: string }
  | { readonly facts: readonly (readonly [name: string, value: string])[] }
