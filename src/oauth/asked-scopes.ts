import type { AskedScope, ScopeChoice } from '../pages/asked.ts'
import { mayBeLeftOut } from './scope-choice.ts'
import { riskOf, type ScopeRisks } from './scope-risks.ts'
import { scopeSentence } from './scope-sentence.ts'
import type { ScopeCatalogue } from './scopes.ts'
import { scopeField } from './sent-request.ts'

export interface AskedScopesOptions {
  /** Sentences for people. */
  readonly scopes: ScopeCatalogue
  /** What scopes let an application do, where it is not what their names say (none). */
  readonly scopeRisks?: ScopeRisks
  /** Whether people may allow some of the scopes, and leave others out (false). */
  readonly scopeChoice?: boolean
}

/** The scopes as a page puts them to a person, and the boxes of those that they may leave out, in the form `form`. */
export function askedScopes(
  { scopes: catalogue, scopeRisks, scopeChoice = false }: AskedScopesOptions,
  scopes: readonly string[],
  form: string,
): { readonly scopes: readonly AskedScope[]; readonly choice: ScopeChoice | undefined } {
  return {
    scopes: scopes.map((scope) => ({
      sentence: scopeSentence(catalogue, scope),
      risk: riskOf(scope, scopeRisks),
      value: mayBeLeftOut(scope) ? scope : null,
    })),
    choice: scopeChoice ? { form, field: scopeField } : undefined,
  }
}
