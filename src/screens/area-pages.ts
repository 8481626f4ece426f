import { userIn } from '../accounts/acted-by.ts'
import type { Csrf } from '../http/csrf.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import { seeOther } from '../http/see-other.ts'
import { consolePage, type NavGroup, type NavLink } from '../pages/console.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import { inTimeZone } from '../pages/in-time-zone.ts'
import type { Markup, Site } from '../pages/layout.ts'
import { allows } from './allows.ts'
import type { Messages } from './message.ts'
import type { Leave, Screen, Signed, View, Visit } from './screen.ts'

export interface AreaPagesOptions {
  readonly csrf: Pick<Csrf, 'cookie' | 'tokenFor'>
  readonly messages: Messages
  readonly site?: Site | undefined
  readonly secure: boolean
  /** Where it is, and what it is called. */
  readonly path: string
  readonly name: string
  readonly screens: readonly Screen[]
  /** Where one's own account is (/account/), and where one signs out (/accounts/logout/). */
  readonly accountPath?: string
  readonly signOutPath?: string
  /** The parts of the site that this person may open. */
  readonly areas: (request: Exchange, signed: Signed) => Promise<readonly NavLink[]>
  /** The time zone that somebody reads moments in, by their id; `null`: as it is written (always). */
  readonly timeZoneOf?: (userId: string) => Promise<string | null>
  /** What stands above every page of theirs (nothing). */
  readonly banner?: (visit: Visit) => Promise<Markup | ''>
}

/** What an area answers with: pages in its frame, and ways to another one with a message. */
export interface AreaPages {
  readonly show: (visit: Visit, view: View, message?: string | null) => Promise<Answer>
  readonly redirect: (leave: Leave) => Answer
}

export function createAreaPages(options: AreaPagesOptions): AreaPages {
  const { csrf, messages, site, secure, path, name, screens, areas, banner, timeZoneOf } = options
  const { accountPath = '/account/', signOutPath = '/accounts/logout/' } = options

  /** The links of the screens that this person may open. */
  async function menuFor({ request, signed }: Visit): Promise<readonly NavGroup[]> {
    const groups = new Map<string, NavLink[]>()
    for (const screen of screens) {
      if (screen.menu === undefined || !(await allows(screen.permission, request, signed))) continue
      const { text, group = '' } = screen.menu
      groups.set(group, [...(groups.get(group) ?? []), { href: `${path}${screen.path}`, text }])
    }
    return [...groups].map(([heading, links]) => (heading === '' ? { links } : { heading, links }))
  }

  return {
    show: async (visit, view, message = null) => {
      const { title, content, problems = [], crumbs = [], tabs = [], headers = [] } = view
      const page = await consolePage({
        site,
        area: name,
        areas: await areas(visit.request, visit.signed),
        menu: await menuFor(visit),
        path: visit.path,
        title,
        crumbs,
        tabs,
        user: visit.user.name,
        accountPath,
        signOutPath,
        banner: (await banner?.(visit)) ?? '',
        message,
        problems,
        content,
      })
      const cookies = [
        ['set-cookie', csrf.cookie(csrf.tokenFor(visit.signed.auth.id))],
        ...(message === null ? [] : [['set-cookie', messages.clear()] as const]),
      ] as const
      const status = view.status ?? (problems.length > 0 ? 400 : 200)
      // Who acts as somebody reads with their own eyes.
      const reader = userIn(visit.by) ?? visit.user.id
      const shown = inTimeZone(page, (await timeZoneOf?.(reader)) ?? null)
      return htmlAnswer(shown, { status, secure, headers: [...cookies, ...headers] })
    },

    redirect: ({ to, message, headers = [] }) => {
      const carried = message === undefined ? [] : [['set-cookie', messages.carry(message)] as const]
      return seeOther(to, [...carried, ...headers])
    },
  }
}
