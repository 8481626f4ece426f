import { RequestRefused } from '../core/errors.ts'
import type { Problem } from '../pages/components.ts'

/** What is wrong with what was typed: a sentence or more for each field. */
export type Faults = Readonly<Record<string, string>>

/**
 * What a store refused about values, for the page of the form to be shown again. Whatever else went wrong is thrown on:
 * the page that says so is the area's.
 */
export function faultsOf(error: unknown): Faults {
  if (!(error instanceof RequestRefused) || !['invalid', 'conflict'].includes(error.code)) throw error
  const faults = Object.entries(error.body ?? {}).flatMap(([name, value]) => {
    const sentences = [value].flat().filter((one) => typeof one === 'string')
    return sentences.length > 0 ? [[name, sentences.join(' ')] as const] : []
  })
  return faults.length > 0 ? Object.fromEntries(faults) : { main: error.message }
}

/** For the summary at the top of the page. A control has the name of its field as its id, unless it is named here. */
export function problemsOf(faults: Faults, ids: Readonly<Record<string, string>> = {}): readonly Problem[] {
  return Object.entries(faults).map(([name, message]) => ({ message, field: ids[name] ?? name }))
}
