import { pageAddress } from './page-address.ts'
import type { Visit } from './screen.ts'

/** Where a page is opened by whoever does not want what had waited for it any more. */
export function addressToLeave(page: string): string {
  return `${page}${page.includes('?') ? '&' : '?'}${anew}=1`
}

/** The page that is opened so, `null` where it is not. */
export function leftPage({ path, query }: Pick<Visit, 'path' | 'query'>): string | null {
  if (query.get(anew) !== '1') return null
  const rest = new URLSearchParams(query)
  rest.delete(anew)
  return pageAddress({ path, query: rest })
}

const anew = 'anew'
