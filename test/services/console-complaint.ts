import type { ConsoleMessage } from 'playwright-core'

/**
 * Whether a browser complains by what it writes, such as of a breach of a policy. Of other things it only tells: it put no focus
 * into a field, since somebody types into another already.
 */
export function isConsoleComplaint(message: ConsoleMessage): boolean {
  return message.type() === 'error' || message.type() === 'warning'
}
