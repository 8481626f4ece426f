/**
 * A text as one segment of an address: as it is where every server reads it alike, else as base64url behind a tilde. A
 * `client_id` may be a whole address with a semicolon or an escape in it, which some servers between would cut or undo.
 */
export function pathSegment(text: string): string {
  return plain.test(text) ? text : `~${Buffer.from(text).toString('base64url')}`
}

/** What such a segment stands for; `null` where it is none that `pathSegment` writes. */
export function segmentText(segment: string): string | null {
  if (!segment.startsWith('~')) return null
  const text = Buffer.from(segment.slice(1), 'base64url').toString('utf8')
  return text !== '' && pathSegment(text) === segment && !/\p{Cc}/u.test(text) ? text : null
}

const plain = /^[\w-][\w.-]{0,200}$/
