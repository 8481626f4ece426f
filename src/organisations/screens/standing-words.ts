import type { Choice } from '../../pages/controls.ts'
import type { Standing } from '../../tokens/standing.ts'
import { standings } from '../../tokens/standing.ts'
import { type Authority, mayRestand } from '../authority.ts'

export const standingWords: Readonly<Record<Standing, string>> = { owner: 'Owner', admin: 'Admin', member: 'Member' }

/** What somebody may make of somebody who is `before` (`null`: no member yet), for a list to choose from. */
export function standingChoices(authority: Authority, before: Standing | null): readonly Choice[] {
  return standings
    .filter((after) => mayRestand(authority, before, after))
    .toReversed()
    .map((value) => ({ value, text: standingWords[value] }))
}
