import { html } from 'hono/html'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../../http/exchange.ts'
import { requestedBy } from '../../http/requested-by.ts'
import { moment } from '../../pages/components.ts'
import type { Site } from '../../pages/layout.ts'
import { plainFormPage } from '../../pages/plain-form.ts'
import { queryOf } from '../browser-session.ts'
import { faultsIn, neededText } from '../faults.ts'
import type { OpenForms } from '../open-forms.ts'
import type { AccountDeletions } from './account-deletions.ts'
import { deadLinkPage } from './dead-link.ts'
import { createLinkCookie } from './link-cookie.ts'

export interface AccountDeletionPagesOptions {
  readonly deletions: Pick<AccountDeletions, 'find' | 'cancelByLink'>
  readonly forms: OpenForms
  readonly site?: Site
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  readonly path?: string
  readonly signInPath?: string
  readonly securePath?: string
}

/** Where the link leads that keeps an account which is to be deleted. It takes a click, and nobody has to be signed in. */
export function createAccountDeletionPages(options: AccountDeletionPagesOptions): {
  readonly GET: Endpoint
  readonly POST: Endpoint
} {
  const { deletions, forms, site, secure = true } = options
  const { path = '/accounts/deletion/cancel/', signInPath = '/accounts/login/' } = options
  const { securePath = '/account/secure/' } = options
  const link = createLinkCookie({ name: 'keep', secure })

  async function askPage(asked: Exchange): Promise<Answer> {
    const found = await deletions.find(link.read(asked))
    if (found === null) {
      const says = 'The link was used already, is not the whole of it, or the account is gone.'
      const links = [{ href: signInPath, text: 'Sign in', id: 'back-to-sign-in' }]
      return deadLinkPage(forms, asked, { says, links, cleared: link.clear() })
    }
    return forms.show(asked, async (hidden) =>
      plainFormPage({
        site,
        title: 'Keep the account?',
        intro: html`<p>
          The account <strong id="account"><bdi>${found.username}</bdi></strong> is to be deleted on
          ${moment(found.dueAt)}. Then all of it would be gone for good.
        </p>`,
        action: path,
        id: 'keep',
        hidden,
        button: 'Keep it',
      }),
    )
  }

  return forms.endpoint({
    GET: async (asked) => {
      const moved = link.moved(asked)
      if (moved !== null) return moved
      if (queryOf(asked.url, 'done') === null) return askPage(asked)
      const says = [
        'The account stays as it is.',
        'If it was not you who wanted it deleted, somebody else can sign in as you: make the account safe now.',
      ]
      const links = [{ href: securePath, text: 'Secure my account', id: 'go-on' }]
      return forms.notice(asked, { title: 'The deletion is cancelled', says, links })
    },
    form: async (asked) => {
      try {
        await deletions.cancelByLink(link.read(asked), requestedBy(asked))
      } catch (error) {
        faultsIn(error)
        return askPage(asked)
      }
      return forms.lead(path, { done: '1' }, [link.clear()])
    },
    json: async (asked, fields) => {
      await deletions.cancelByLink(neededText(fields, 'key', 'token'), requestedBy(asked))
      return jsonAnswer({ detail: 'The deletion is cancelled. The account stays.' })
    },
  })
}
