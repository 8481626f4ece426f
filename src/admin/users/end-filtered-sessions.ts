import type { ActedBy } from '../../accounts/acted-by.ts'
import type { EndingActor, EndSessions, SessionCount } from '../../accounts/end-sessions.ts'
import type { SessionFilter } from '../../accounts/session-filter.ts'
import type { Sessions } from '../../accounts/sessions.ts'

export interface EndFilteredStores {
  readonly endSessions: EndSessions
  readonly sessions: Pick<Sessions, 'end'>
}

export interface EndFilteredAsked {
  readonly filter: SessionFilter
  readonly actor: EndingActor
  /** How many whoever asks was told of. */
  readonly shown: number
  /** Whether the session that it is done with ends too, where it matches. */
  readonly withOwn: boolean
}

export type EndFilteredAnswer =
  /** There are more than was seen, and nothing has ended. */
  | { readonly isDone: false; readonly found: SessionCount }
  /** `left`: how many match and go on, since so many do not end in one go or began meanwhile. */
  | { readonly isDone: true; readonly ended: number; readonly left: number; readonly isOwnOver: boolean }

/**
 * Ends what was seen and counted. Where more match by now, nothing ends, since whoever asks has not seen those; where fewer do,
 * the rest had ended by itself.
 */
export async function endFilteredSessions(
  { endSessions, sessions }: EndFilteredStores,
  { filter, actor, shown, withOwn }: EndFilteredAsked,
  by: ActedBy,
): Promise<EndFilteredAnswer> {
  const found = await endSessions.count(filter, actor)
  if (found.count > shown) return { isDone: false, found }
  const ended = await endSessions.end(filter, actor, by)
  const left = (await endSessions.count(filter, actor)).count
  // At last, since it is what the rest is done with.
  const isOwnOver =
    withOwn && found.hasOwn && actor.sessionId !== null && (await sessions.end(actor.sessionId, actor.id, by))
  return { isDone: true, ended, left, isOwnOver }
}
