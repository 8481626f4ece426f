import { html } from 'hono/html'
import type { Markup } from './layout.ts'
import { shownName } from './shown-name.ts'

/** Who stands behind an application, as people are told who are asked about it or have let it in. */
export interface Publisher {
  /**
   * `organisation` and `person`: whom it belongs to; `site`: where its metadata document lies; `operator`: those who run this
   * server have registered it; `nobody`: it registered itself, or its owner is gone.
   */
  readonly kind: 'organisation' | 'person' | 'site' | 'operator' | 'nobody'
  /** What an organisation calls itself, the username of a person, the host of a site; `null`: it has none that is told. */
  readonly name: string | null
  /** Of an organisation, which no other has (none). */
  readonly slug: string | null
}

/** Says who stands behind an application, as a sentence: what it calls itself is nobody's word but its own. */
export function publisherInWords({ kind, name, slug }: Publisher): Markup {
  const named = html`<bdi>${shownName(name ?? '', slug ?? 'without a name')}</bdi>`
  if (kind === 'organisation') {
    return html`It belongs to the organisation ${named}${slug === null ? '' : html` (<bdi>${slug}</bdi>)`}.`
  }
  if (kind === 'person' && name !== null) return html`It belongs to ${named}, a person with an account here.`
  if (kind === 'site') return html`It comes from ${named}.`
  return html`${sentences[kind]}`
}

const sentences = {
  person: 'It belongs to a person with an account here.',
  operator: 'It was registered by those who run this site.',
  nobody: 'Nobody here answers for it.',
} as const
