import { ProviderRefused } from '../provider-refused.ts'

/**
 * A SAML response that is no good. `what` says which check failed, with the section that asks for it, for the log and for staff
 * who try a provider out. It may name what the response said; a text of the response has to go through `shown`.
 */
export function samlRefused(what: string): ProviderRefused {
  return new ProviderRefused(undefined, new Error(what), what)
}

/** A text out of a response as it may be logged. */
export function shown(text: string | null): string {
  if (text === null) return 'nothing'
  const plain = text.replaceAll(/[^\x20-\x7e]/g, '?')
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain
}
