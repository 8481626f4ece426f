import { html } from 'hono/html'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../../http/exchange.ts'
import { requestedBy } from '../../http/requested-by.ts'
import type { Site } from '../../pages/layout.ts'
import { plainFormPage } from '../../pages/plain-form.ts'
import { queryOf } from '../browser-session.ts'
import { faultsIn, neededText } from '../faults.ts'
import type { OpenForms } from '../open-forms.ts'
import { deadLinkPage } from './dead-link.ts'
import type { EmailChanges, EmailChangeView } from './email-changes.ts'
import { createLinkCookie } from './link-cookie.ts'
import { resetCookie } from './password-reset-pages.ts'

export interface EmailChangePagesOptions {
  readonly changes: Pick<EmailChanges, 'find' | 'findUndo' | 'confirm' | 'undo'>
  readonly forms: OpenForms
  readonly site?: Site
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  readonly confirmPath?: string
  readonly undoPath?: string
  readonly resetPath?: string
  readonly signInPath?: string
}

interface Endpoints {
  readonly GET: Endpoint
  readonly POST: Endpoint
}

/** Where the links lead that are mailed when an address changes: to the new one, and to the old. Both take a click. */
export function createEmailChangePages(options: EmailChangePagesOptions): {
  readonly confirm: Endpoints
  readonly undo: Endpoints
} {
  const { changes, forms, site, secure = true } = options
  const { confirmPath = '/accounts/email/confirm/', undoPath = '/accounts/email/undo/' } = options
  const { resetPath = '/accounts/password/reset/confirm/', signInPath = '/accounts/login/' } = options
  const confirmLink = createLinkCookie({ name: 'newemail', secure })
  const undoLink = createLinkCookie({ name: 'oldemail', secure })
  const resetLink = createLinkCookie({ name: resetCookie, secure })

  async function deadPage(asked: Exchange, cleared: readonly [string, string]): Promise<Answer> {
    const says = 'The link was used already, is too old, or is not the whole of it. A newer one ends those before it.'
    const links = [{ href: signInPath, text: 'Sign in', id: 'back-to-sign-in' }]
    return deadLinkPage(forms, asked, { says, links, cleared })
  }

  async function confirmPage(asked: Exchange): Promise<Answer> {
    const view = await changes.find(confirmLink.read(asked))
    if (view === null) return deadPage(asked, confirmLink.clear())
    return forms.show(asked, async (hidden) =>
      plainFormPage({
        site,
        title: 'Confirm your new e-mail address',
        intro: html`<p>
          The account ${name(view)} is to have the address <strong id="address"><bdi>${view.to}</bdi></strong
          >${view.from === null ? '' : html` in place of <bdi>${view.from}</bdi>`}.
        </p>`,
        action: confirmPath,
        id: 'confirm',
        hidden,
        button: 'Confirm',
      }),
    )
  }

  const confirm: Endpoints = forms.endpoint({
    GET: async (asked) => {
      const moved = confirmLink.moved(asked)
      if (moved !== null) return moved
      if (queryOf(asked.url, 'done') === null) return confirmPage(asked)
      const says = [
        'Your account has the new address from now on. The old one is told, and can undo this for some days.',
      ]
      const links = [{ href: '/account/profile/', text: 'Your account', id: 'go-on' }]
      return forms.notice(asked, { title: 'The address is changed', says, links })
    },
    form: async (asked) => {
      try {
        await changes.confirm(confirmLink.read(asked), requestedBy(asked))
      } catch (error) {
        faultsIn(error)
        return confirmPage(asked)
      }
      return forms.lead(confirmPath, { done: '1' }, [confirmLink.clear()])
    },
    json: async (asked, fields) => {
      const { to } = await changes.confirm(neededText(fields, 'key', 'token'), requestedBy(asked))
      return jsonAnswer({ detail: 'The e-mail address is changed.', email: to })
    },
  })

  async function undoPage(asked: Exchange): Promise<Answer> {
    const view = await changes.findUndo(undoLink.read(asked))
    if (view === null) return deadPage(asked, undoLink.clear())
    return forms.show(asked, async (hidden) =>
      plainFormPage({
        site,
        title: 'Undo the change of your address?',
        intro: html`<p>
            The account ${name(view)} goes back to <strong id="address"><bdi>${view.to}</bdi></strong
            >${view.from === null ? '' : html` from <bdi>${view.from}</bdi>`}.
          </p>
          <p>Everyone who is signed in to it is signed out, and you choose a new password.</p>`,
        action: undoPath,
        id: 'undo',
        hidden,
        button: 'Undo the change',
      }),
    )
  }

  const undo: Endpoints = forms.endpoint({
    GET: async (asked) => undoLink.moved(asked) ?? undoPage(asked),
    form: async (asked) => {
      try {
        const { resetKey } = await changes.undo(undoLink.read(asked), requestedBy(asked))
        return forms.lead(resetPath, {}, [undoLink.clear(), resetLink.set(resetKey)])
      } catch (error) {
        faultsIn(error)
        return undoPage(asked)
      }
    },
    json: async (asked, fields) => {
      const { to, resetKey } = await changes.undo(neededText(fields, 'key', 'token'), requestedBy(asked))
      return jsonAnswer({
        detail: 'The change is undone. Choose a new password with this token.',
        email: to,
        token: resetKey,
      })
    },
  })

  return { confirm, undo }
}

function name({ username }: EmailChangeView) {
  return html`<strong id="account"><bdi>${username}</bdi></strong>`
}
