import { html } from 'hono/html'
import { createPageRefusal, forPeople } from '../../accounts/page-refusal.ts'
import { deadSetupLink, type SetupLinks } from '../../accounts/setup-links.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { Answer, Endpoint } from '../../http/exchange.ts'
import { parseBody } from '../../http/parse-body.ts'
import { seeOther } from '../../http/see-other.ts'
import { field, hiddenField, problemSummary, showPassword } from '../../pages/components.ts'
import { htmlAnswer } from '../../pages/html-answer.ts'
import { layout, type Site } from '../../pages/layout.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'

export interface FirstSetUpOptions {
  readonly setupLinks: Pick<SetupLinks, 'works' | 'complete'>
  readonly site?: Site | undefined
  /** Whether browsers reach this site by https. */
  readonly secure: boolean
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/**
 * `/admin/setup/`: makes the first administrator, by the link that the terminal shows while there is none. Whoever has the
 * link is trusted with it: its key is the proof that the form is theirs.
 */
export function firstSetUp({ setupLinks, site = {}, secure, clock }: FirstSetUpOptions): {
  readonly path: string
  readonly methods: { readonly GET: Endpoint; readonly POST: Endpoint }
} {
  const refusal = createPageRefusal({ site, secure, clock })

  async function page(key: string, typed: Typed, faults: Faults): Promise<Answer> {
    const problems = problemsOf(faults)
    const content = html`${problemSummary(problems)}
      <p>Make the account that administers this server. It may do everything, and make others.</p>
      <form method="post" action="/admin/setup/" id="set-up">
        ${hiddenField('key', key)}
        ${field({
          id: 'username',
          name: 'username',
          label: 'Username',
          type: 'text',
          autocomplete: 'username',
          value: typed.username,
          maxLength: 254,
          autofocus: true,
          wrong: faults['username'],
        })}
        ${field({
          id: 'email',
          name: 'email',
          label: 'E-mail address',
          type: 'email',
          autocomplete: 'email',
          value: typed.email,
          maxLength: 254,
          wrong: faults['email'],
          hint: 'For a link, should the password be lost.',
        })}
        ${field({
          id: 'password',
          name: 'password',
          label: 'Password',
          type: 'password',
          autocomplete: 'new-password',
          wrong: faults['password'],
          below: showPassword('password'),
        })}
        <button class="button" type="submit" id="make">Make the account</button>
      </form>
      <p class="hint">On a command line instead: <code>doorward create-user NAME --superuser</code></p>
      <p class="hint">
        What this installation is called and where it is reached are settings: <code>siteName</code> and
        <code>publicUrl</code>.
      </p>`
    const title = 'Set up this server'
    const text = await layout({ title, site, content, hasProblems: problems.length > 0 })
    return htmlAnswer(text, { status: problems.length > 0 ? 400 : 200, secure })
  }

  return {
    path: '/admin/setup/',
    methods: {
      GET: forPeople(refusal, async (request) => {
        const key = new URLSearchParams(/\?([^#]*)/.exec(request.url)?.[1] ?? '').get('key') ?? ''
        if (!(await setupLinks.works(key))) throw deadSetupLink()
        return page(key, { username: '', email: '' }, {})
      }),
      POST: forPeople(refusal, async (request) => {
        const fields = await parseBody(request.headers.get('content-type'), await request.body())
        const text = (name: string): string => {
          const value = Object.hasOwn(fields, name) ? fields[name] : ''
          return typeof value === 'string' ? value : ''
        }
        const typed = { username: text('username').trim(), email: text('email').trim() }
        const email = typed.email === '' ? null : typed.email
        // A password is looked at only for a link that works: hashing one is dear.
        if (!(await setupLinks.works(text('key')))) throw deadSetupLink()
        try {
          const by = { actor: 'system', address: request.address, requestId: request.requestId ?? null }
          if (text('password') === '') {
            throw new RequestRefused('invalid', undefined, { body: { password: ['Choose a password.'] } })
          }
          await setupLinks.complete(text('key'), { ...typed, email, password: text('password') }, by)
        } catch (error) {
          return page(text('key'), typed, faultsOf(error))
        }
        return seeOther('/accounts/login/?next=%2Fadmin%2F')
      }),
    },
  }
}

interface Typed {
  readonly username: string
  readonly email: string
}
