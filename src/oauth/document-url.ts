/**
 * Whether a `client_id` can be the address of a metadata document (OAuth Client ID Metadata Document, draft 02, section 3):
 * https, with a path, without credentials, fragment or dot segments. It is never normalised, but compared letter for
 * letter: so one that a parser would write differently (upper case in the host, a default port, `%2e`) is none.
 */
export function isDocumentUrl(id: string): boolean {
  if (!id.startsWith('https://') || id.length > longest || !URL.canParse(id)) return false
  const url = new URL(id)
  if (url.href !== id || url.username !== '' || url.password !== '' || id.includes('#')) return false
  return url.pathname !== '/' && !encodedDots.test(url.pathname)
}

/** Characters. */
const longest = 1024

/** What some server on the way might read as one, although no parser of URLs does. */
const encodedDots = /(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?:\/|%2f|%5c|$)/i
