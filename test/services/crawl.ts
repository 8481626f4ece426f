import { formsIn, type FormSeen, type Person, type Seen } from '../../src/screens/person.contract.ts'

/** Forms and addresses with parameters, as a walk over all links finds them. */
export interface Crawled {
  readonly pages: readonly Seen[]
  /** Each form of its kind once, with the page that it stands on. */
  readonly forms: readonly { readonly page: string; readonly form: FormSeen }[]
  /** Paths with the names of what their lists can be asked for. */
  readonly queries: readonly { readonly path: string; readonly names: readonly string[] }[]
}

/** Follows all links of somebody's pages from some places on, within these places. Signing out is left alone. */
export async function crawl(who: Person, places: readonly string[], most = 120): Promise<Crawled> {
  const waiting = [...places]
  const seen = new Set<string>()
  const pages: Seen[] = []
  while (waiting.length > 0 && pages.length < most) {
    const place = waiting.shift() ?? ''
    // One page of each kind: what differs only in what is asked for is the same page.
    const kind = place.replace(/\?.*$/, (query) => `?${[...new URLSearchParams(query).keys()].toSorted().join('&')}`)
    if (seen.has(kind)) continue
    seen.add(kind)
    const page = await who.get(place)
    pages.push(page)
    waiting.push(...linksIn(page).filter((href) => places.some((start) => href.startsWith(start))))
  }
  const forms = new Map<string, { page: string; form: FormSeen }>()
  for (const page of pages) {
    for (const form of formsIn(page)) {
      const kind = `${withoutIds(form.to || page.path)} ${form.fields['action'] ?? form.id}`
      if (!form.to.startsWith('/accounts/logout/')) forms.set(kind, forms.get(kind) ?? { page: page.path, form })
    }
  }
  const queries = pages.flatMap((page) => {
    const names = namesAsked(page)
    return names.length === 0 ? [] : [{ path: page.path.replace(/\?.*$/, ''), names }]
  })
  return { pages, forms: [...forms.values()], queries }
}

/** A path in which ids are left open. */
export function withoutIds(path: string): string {
  return path.replace(/\?.*$/, '').replaceAll(/\/[0-9A-Za-z]{11}(?=\/|$)/g, '/:id')
}

function linksIn({ text }: Seen): readonly string[] {
  return [...text.matchAll(/<a\s[^>]*?href="(\/[^"#]*)"/g)]
    .map(([, href = '']) => href.replaceAll('&amp;', '&'))
    .filter((href) => !href.startsWith('/accounts/logout/'))
}

/** What a page's own query and its forms that are sent as a GET know. */
function namesAsked({ text, path }: Seen): readonly string[] {
  const names = new Set(new URLSearchParams(path.split('?')[1] ?? '').keys())
  for (const [, inside = ''] of text.matchAll(/<form\s+method="get"[^>]*>([^]*?)<\/form>/g)) {
    for (const [, name = ''] of inside.matchAll(/\sname="([^"]+)"/g)) names.add(name)
  }
  return [...names]
}
