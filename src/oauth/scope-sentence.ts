import type { ScopeCatalogue } from './scopes.ts'

/** What a scope lets somebody do, as the catalogue says it; `otherwise` (its name) where it is not in there. */
export function scopeSentence(catalogue: ScopeCatalogue, scope: string, otherwise: string = scope): string {
  // Every object has a `constructor`, and a scope may be called so.
  return Object.hasOwn(catalogue, scope) ? (catalogue[scope] ?? otherwise) : otherwise
}
