/**
 * What arrives, in the smallest shape that serves: a Web `Request` fits it as it is, and an adapter makes one from its
 * framework's request without copying.
 */
export interface AuthRequest {
  /** In upper case. */
  readonly method: string
  /** Absolute, or path and query. */
  readonly url: string
  readonly headers: {
    /**
     * The value of a header whose name is given in lower case, or `null`. A header that was sent more than once is
     * joined by `, ` as `Headers` does it (`Cookie` by `; `), so that a doubled credential never looks like one.
     */
    readonly get: (name: string) => string | null
    /** The names of all headers, in any case; one that was sent twice may come twice. Absent where the platform does not tell. */
    readonly keys?: () => Iterable<string>
  }
  /** Who is at the other end of the connection. Absent where the platform does not tell. */
  readonly peer?: Peer | undefined
  /** A field of the form in the request's body, where the adapter can read it: how a CSRF token arrives without scripts. */
  readonly field?: ((name: string) => Promise<string | null>) | undefined
}

/** The other end of the connection: the nearest proxy, where there is one. Never taken from a header. */
export interface Peer {
  /** IPv4 or IPv6, as text. `null` for a Unix socket. */
  readonly address: string | null
  /** The TLS client certificate, DER, and whether the TLS layer trusted it. */
  readonly certificate?: { readonly der: Uint8Array; readonly authorized: boolean } | undefined
}

/** Finds the caller's address, for throttles, address ranges and the log: `null` where it is not known. */
export type ClientAddress = (request: AuthRequest) => string | null

/** The address of the connection itself: right where no proxy stands in front. */
export const peerAddress: ClientAddress = (request) => request.peer?.address ?? null
