/** A way in, as OpenAPI names it, and as people read it. */
export interface SecurityScheme {
  /** The Security Scheme Object. */
  readonly scheme: Readonly<Record<string, unknown>>
  /** What it is called: `API key`. */
  readonly title: string
  /** The header that carries what is pasted, and how; `null`: nothing can be pasted. */
  readonly header: { readonly name: string; readonly value: (pasted: string) => string } | null
}
