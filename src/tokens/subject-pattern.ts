/**
 * Whether the subject of a token is one that a pattern means: the same text, letter for letter, where a `*` that is a whole
 * segment stands for any one segment. Segments lie between `:` and `/`, and are never empty where a `*` stands for one: so
 * `repo:acme/*:ref:refs/heads/main` means each repository of acme and neither another branch nor `acme-evil`.
 */
export function subjectFits(pattern: string, subject: string): boolean {
  if (!pattern.includes('*')) return pattern === subject
  const [wanted, given] = [piecesOf(pattern), piecesOf(subject)]
  return (
    wanted.length === given.length &&
    wanted.every((piece, at) => (piece === '*' ? given[at] !== '' : piece === given[at]))
  )
}

/** What is wrong with a pattern, in a sentence; `null`: nothing. */
export function patternFault(pattern: string): string | null {
  if (!/^[\x21-\x7e]{1,500}$/.test(pattern)) return 'A subject is a text of up to 500 characters without blanks.'
  if (!pattern.includes('*')) return null
  const segments = piecesOf(pattern).filter((_, at) => at % 2 === 0)
  if (segments.some((segment) => segment.includes('*') && segment !== '*')) {
    return 'A * stands for a whole segment between colons or slashes, and not for a part of one.'
  }
  const written = segments.slice(0, segments.indexOf('*')).filter((segment) => segment !== '')
  return written.length < 2
    ? 'Write out the first two segments before a *, such as repo:acme/*:ref:refs/heads/main.'
    : null
}

/** Segments at even places, what parts them at odd ones. */
function piecesOf(text: string): readonly string[] {
  return text.split(/([:/])/)
}
