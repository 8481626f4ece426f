import type { Visit } from './screen.ts'

/** The address of a page within the site, with its query, as forms of it are kept and people come back to it. */
export function pageAddress({ path, query }: Pick<Visit, 'path' | 'query'>): string {
  return query.size === 0 ? path : `${path}?${query}`
}
