import { html } from 'hono/html'
import { type Problem, problemSummary } from './components.ts'
import { doorPath, icon } from './icon.ts'
import type { Markup, Site } from './layout.ts'
import { script } from './script.ts'
import { styleSheet } from './style.ts'

/** A link of the menu or of the row of tabs. */
export interface NavLink {
  readonly href: string
  readonly text: string
  /** How many wait there (none). */
  readonly count?: number
}

/** Links of the menu that belong together. */
export interface NavGroup {
  /** What they have in common (none). */
  readonly heading?: string
  readonly links: readonly NavLink[]
}

export interface ConsolePage {
  readonly site?: Site | undefined
  /** What this part of the site is called, such as `Administration`. */
  readonly area: string
  /** The other parts, and this one. */
  readonly areas: readonly NavLink[]
  readonly menu: readonly NavGroup[]
  /** The path of the page: links to it, and to the list that it is below, are marked. */
  readonly path: string
  /** The one heading of the page, and the first part of its title. */
  readonly title: string
  /** The pages above this one, outermost first (none). */
  readonly crumbs?: readonly NavLink[]
  /** Sides of the same thing, as links (none). */
  readonly tabs?: readonly NavLink[]
  /** Who is signed in; `null`: nobody, who is offered to. */
  readonly user: string | null
  /** Where the account page and signing out are. */
  readonly accountPath: string
  readonly signOutPath: string
  /** What stands above everything until it is over, such as who acts as whom (nothing). */
  readonly banner?: Markup | ''
  /** What has just been done (nothing). */
  readonly message?: string | null
  /** What is to be mended (nothing). */
  readonly problems?: readonly Problem[]
  readonly content: Markup
}

/** A page of a console: a menu at its side, what was done, what is wrong, and the content. It works without scripts. */
export async function consolePage(page: ConsolePage): Promise<string> {
  const { site = {}, area, title, crumbs = [], tabs = [], banner = '', message = null, problems = [], content } = page
  const { siteName = 'Doorward', developmentMode = false } = site
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${problems.length > 0 ? 'Error: ' : ''}${title} · ${area} · ${siteName}</title>
        <link rel="icon" href="${icon.href}" type="image/svg+xml" />
        <link rel="stylesheet" href="${styleSheet.href}" />
        <script src="${script.href}" defer></script>
      </head>
      <body class="console">
        <a class="skip" href="#main">Skip to content</a>
        <header>
          ${developmentMode ? html`<p class="banner" id="development-mode">Development mode: for trying things out, not for real accounts.</p>` : ''}
          ${banner} ${topBar(page, siteName)}
        </header>
        <div class="frame">
          <details class="menu" id="menu">
            <summary>Menu: ${area}</summary>
            <nav aria-label="${area}">${page.menu.map((group) => menuGroup(group, page.path))}</nav>
          </details>
          <main id="main" tabindex="-1">
            ${crumbs.length === 0 ? '' : trail(crumbs)}
            <h1>${title}</h1>
            ${message === null ? '' : html`<p class="done" role="status" id="message">${message}</p>`}
            ${problemSummary(problems)}
            ${tabs.length === 0 ? '' : html`<nav class="tabs" aria-label="${title}">${tabs.map((tab) => link(tab, tab.href === page.path))}</nav>`}
            ${content}
          </main>
        </div>
        <footer class="foot">${siteName === 'Doorward' ? 'Every way in, one door.' : 'Secured by Doorward'}</footer>
      </body>
    </html> `
  return String(await document)
}

function topBar({ areas, area, user, accountPath, signOutPath, path }: ConsolePage, siteName: string): Markup {
  return html`<div class="top">
    <div class="brand">
      <svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <path fill-rule="evenodd" d="${doorPath}" />
      </svg>
      <span>${siteName}</span>
    </div>
    <nav class="areas" aria-label="Areas">${areas.map((one) => link(one, one.text === area))}</nav>
    <nav class="who" aria-label="You">
      ${
        user === null
          ? html`<a href="/accounts/login/?${new URLSearchParams({ next: path }).toString()}" id="sign-in">Sign in</a>`
          : html`<a href="${accountPath}" id="you"><bdi>${user}</bdi></a>
              <a href="${signOutPath}" id="sign-out">Sign out</a>`
      }
    </nav>
  </div>`
}

function menuGroup({ heading, links }: NavGroup, path: string): Markup {
  const current = currentOf(links, path)
  return html`${heading === undefined ? '' : html`<p class="menu-heading">${heading}</p>`}
    <ul>
      ${links.map((one) => html`<li>${link(one, one === current)}</li>`)}
    </ul>`
}

/** The link whose page it is, or the nearest above: of those that the path begins with, the longest but the area itself. */
function currentOf(links: readonly NavLink[], path: string): NavLink | undefined {
  const above = links.filter(({ href }) => path === href || (path.startsWith(href) && href.split('/').length > 3))
  return above.toSorted((a, b) => b.href.length - a.href.length)[0]
}

function link({ href, text, count }: NavLink, isCurrent: boolean): Markup {
  return html`<a href="${href}" ${isCurrent ? html` aria-current="page"` : ''}
    >${text}${count === undefined ? '' : html` <span class="count">${count}</span>`}</a
  >`
}

function trail(crumbs: readonly NavLink[]): Markup {
  return html`<nav class="crumbs" aria-label="Above this page">
    <ol>
      ${crumbs.map(({ href, text }) => html`<li><a href="${href}">${text}</a></li>`)}
    </ol>
  </nav>`
}
