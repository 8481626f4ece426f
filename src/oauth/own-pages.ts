import type { OwnPage } from '../pages/asked.ts'
import type { ClientMetadata } from './client-metadata.ts'

/** The pages of a client that people can read before they allow it (RFC 7591, section 2: the server SHOULD display them). */
export function ownPagesOf({ clientUri, policyUri, tosUri }: ClientMetadata): readonly OwnPage[] {
  const pages = [
    { text: 'Its home page', href: clientUri },
    { text: 'What it says about privacy', href: policyUri },
    { text: 'Its terms of service', href: tosUri },
  ]
  return pages.flatMap(({ text, href }) => (href === undefined ? [] : [{ text, href }]))
}
