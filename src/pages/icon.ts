import { createHash } from 'node:crypto'

/** The outline of an open door, in a square of 24 units. */
export const doorPath = 'M4 2h11v3h5v17h-5V5l-1 0v17H4V2zm7 9.5a1.25 1.25 0 1 0 0 2.5 1.25 1.25 0 0 0 0-2.5z'

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><style>path{fill:#0b5c68}@media(prefers-color-scheme:dark){path{fill:#7ccfda}}</style><path fill-rule="evenodd" d="${doorPath}"/></svg>
`

/** The icon of the browser's tab, and where pages look for it. */
export const icon: { readonly href: string; readonly svg: string } = {
  href: `/static/doorward-${createHash('sha256').update(svg).digest('hex').slice(0, 16)}.svg`,
  svg,
}
