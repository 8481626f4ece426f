/**
 * What a list says in which a page may be empty with another behind it (see `slicedPage`): that the search is not over, or
 * `otherwise`. `of`: what was looked through, as `users`.
 */
export function noneSoFar<Words>(next: string | null, of: string, otherwise: Words): string | Words {
  return next === null ? otherwise : `None of the ${of} that were looked through matches. Go on: there are more.`
}
