import { html } from 'hono/html'
import { doorPath, icon } from './icon.ts'
import { script } from './script.ts'
import { styleSheet } from './style.ts'

/** A piece of a page. Texts that are put into one with `html` are escaped; pieces are not, again. */
export type Markup = ReturnType<typeof html>

/** What all pages share. */
export interface Site {
  /** What the installation is called (Doorward). */
  readonly siteName?: string
  /** Whether to warn that this is no place for real accounts (false). */
  readonly developmentMode?: boolean
  /** Where the code of an error is explained to those who write programs; `null` where it is not (nowhere). */
  readonly whereExplained?: (code: string) => string | null
}

export interface LayoutOptions {
  /** The one heading of the page, and the first part of its title. */
  readonly title: string
  readonly site?: Site | undefined
  /** What stands below the heading. */
  readonly content: Markup
  /** Whether the page came back with something to mend: its title says so first, for those who hear it. */
  readonly hasProblems?: boolean
}

/** A whole page: one heading, landmarks, a link past what is on every page; no script or style in it. */
export async function layout({ title, site = {}, content, hasProblems = false }: LayoutOptions): Promise<string> {
  const { siteName = 'Doorward', developmentMode = false } = site
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${hasProblems ? 'Error: ' : ''}${title} · ${siteName}</title>
        <link rel="icon" href="${icon.href}" type="image/svg+xml" />
        <link rel="stylesheet" href="${styleSheet.href}" />
        <script src="${script.href}" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header>
          ${developmentMode ? html`<p class="banner" id="development-mode">Development mode: for trying things out, not for real accounts.</p>` : ''}
          <div class="site">
            <svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
              <path fill-rule="evenodd" d="${doorPath}" />
            </svg>
            <span>${siteName}</span>
          </div>
        </header>
        <main id="main" tabindex="-1">
          <div class="card">
            <h1>${title}</h1>
            ${content}
          </div>
        </main>
        <footer class="foot">${siteName === 'Doorward' ? 'Every way in, one door.' : 'Secured by Doorward'}</footer>
      </body>
    </html> `
  return String(await page)
}
