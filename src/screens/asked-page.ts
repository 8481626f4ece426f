export interface AskedPage {
  readonly limit: number
  /** The row before the first one that is wanted; absent on the first page. */
  readonly after?: string
}

/** The page of a list that an address asks for, with so many rows. */
export function askedPage(query: URLSearchParams, limit: number): AskedPage {
  const after = query.get('after')
  return { limit, ...(after === null ? {} : { after }) }
}
