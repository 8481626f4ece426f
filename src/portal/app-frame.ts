import type { ClientRecord } from '../oauth/clients.ts'
import type { View } from '../screens/screen.ts'
import { pathSegment } from '../screens/path-segment.ts'

/** What the pages of one's application have in common. */
export function appFrame({ id, name }: Pick<ClientRecord, 'id' | 'name'>): Pick<View, 'title' | 'crumbs' | 'tabs'> {
  const place = appPath(id)
  return {
    title: name,
    crumbs: [{ href: '/portal/apps/', text: 'My apps' }],
    tabs: [
      { href: place, text: 'App' },
      { href: `${place}use/`, text: 'Use' },
      { href: `${place}review/`, text: 'Review' },
      { href: `${place}testers/`, text: 'Test users' },
      { href: `${place}logo/`, text: 'Logo' },
      { href: `${place}consent/`, text: 'What people see' },
    ],
  }
}

/** Where the first page of one's application is. */
export function appPath(id: string): string {
  return `/portal/apps/${pathSegment(id)}/`
}
