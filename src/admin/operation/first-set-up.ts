import { html } from 'hono/html'
import { createPageRefusal, forPeople } from '../../accounts/page-refusal.ts'
import { deadSetupLink, type SetupLinks } from '../../accounts/setup-links.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { PasskeySetUp } from '../../factors/passkey-set-up.ts'
import type { Answer, Endpoint } from '../../http/exchange.ts'
import { requestedBy } from '../../http/requested-by.ts'
import { seeOther } from '../../http/see-other.ts'
import { field, hiddenField, problemSummary, showPassword } from '../../pages/components.ts'
import { htmlAnswer } from '../../pages/html-answer.ts'
import { layout, type Site } from '../../pages/layout.ts'
import { timeZoneField } from '../../pages/time-zone-field.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { type FirstPasskeyOptions, firstPasskey } from './first-passkey.ts'
import { keyIn, type SetUpTyped, typedIn } from './set-up-typed.ts'

export interface FirstSetUpOptions extends Pick<FirstPasskeyOptions, 'completion'> {
  readonly setupLinks: Pick<SetupLinks, 'find' | 'complete'>
  readonly passkeySetUp: PasskeySetUp
  readonly site?: Site | undefined
  /** Whether browsers reach this site by https. */
  readonly secure: boolean
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/**
 * `/admin/setup/`: makes the first administrator, by the link that the terminal shows while there is none. Whoever has the
 * link is trusted with it: its key is the proof that the form is theirs. They choose a password, or make a passkey.
 */
export function firstSetUp(options: FirstSetUpOptions): readonly {
  readonly path: string
  readonly methods: { readonly GET?: Endpoint; readonly POST: Endpoint }
}[] {
  const { setupLinks, site = {}, secure, clock } = options
  const refusal = createPageRefusal({ site, secure, clock })

  async function page(key: string, typed: SetUpTyped, faults: Faults): Promise<Answer> {
    const problems = problemsOf(faults, { main: 'username' })
    const content = html`${problemSummary(problems)}
      <p>Make the account that administers this server. It may do everything, and make others.</p>
      <form method="post" action="${path}" id="set-up">
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
          wrong: faults['username'] ?? faults['main'],
        })}
        ${field({
          id: 'email',
          name: 'email',
          label: 'E-mail address',
          type: 'email',
          autocomplete: 'email',
          value: typed.email ?? '',
          maxLength: 254,
          wrong: faults['email'],
          hint: 'For a link, should the password or the passkey be lost.',
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
        ${timeZoneField({ value: typed.timeZone, wrong: faults['time_zone'] })}
        <button class="button" type="submit" id="make">Make the account</button>
        <button
          class="button second"
          type="submit"
          id="by-passkey"
          formaction="${path}passkey/"
          formnovalidate
          aria-describedby="by-passkey_hint"
        >
          Use a passkey instead
        </button>
        <p class="hint" id="by-passkey_hint">
          Your fingerprint, face, screen lock or a security key: no password then.
        </p>
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

  return [
    {
      path,
      methods: {
        GET: forPeople(refusal, async (request) => {
          const key = keyIn(request)
          if ((await setupLinks.find(key)) === null) throw deadSetupLink()
          return page(key, { username: '', email: null, timeZone: null }, {})
        }),
        POST: forPeople(refusal, async (request) => {
          const { key, text, ...typed } = await typedIn(request)
          // A password is looked at only for a link that works: hashing one is dear.
          if ((await setupLinks.find(key)) === null) throw deadSetupLink()
          try {
            if (text('password') === '') {
              throw new RequestRefused('invalid', undefined, { body: { password: ['Choose a password.'] } })
            }
            const by = { actor: 'system', ...requestedBy(request) }
            await setupLinks.complete(key, { ...typed, password: text('password') }, by)
          } catch (error) {
            return page(key, typed, faultsOf(error))
          }
          return seeOther('/accounts/login/?next=%2Fadmin%2F')
        }),
      },
    },
    ...firstPasskey({ ...options, path: `${path}passkey/`, refusal, page }),
  ]
}

const path = '/admin/setup/'
