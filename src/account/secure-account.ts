import { html } from 'hono/html'
import type { Sessions } from '../accounts/sessions.ts'
import type { Users } from '../accounts/users.ts'
import type { TrustedBrowsers } from '../factors/trusted-browsers.ts'
import type { AllowedClients } from '../oauth/allowed-clients.ts'
import { moment } from '../pages/components.ts'
import { momentOr } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'
import { leave, type Outcome, type Posted, type Screen, type Visit } from '../screens/screen.ts'
import type { ApiKeys } from '../tokens/api-keys.ts'
import type { ApiTokens } from '../tokens/api-tokens.ts'
import type { SignedInProgram } from '../tokens/family-list.ts'
import type { TokenPairs } from '../tokens/pairs.ts'
import { type WaysInStores, waysInOf } from './ways-in.ts'
import { itemForm, keysStep } from './keys-step.ts'

export interface SecureAccountOptions extends WaysInStores {
  readonly users: Pick<Users, 'find'>
  readonly sessions: Pick<Sessions, 'list' | 'endOthers'>
  readonly allowedClients: AllowedClients
  readonly apiKeys: Pick<ApiKeys, 'list' | 'revoke'>
  readonly apiTokens: Pick<ApiTokens, 'list' | 'revoke'>
  readonly pairs: Pick<TokenPairs, 'revokeFamily'>
  /** The programs that somebody is signed in to by pairs of tokens. */
  readonly programs: (userId: string) => Promise<readonly SignedInProgram[]>
  /** Browsers that do not ask for a second factor (there are none). */
  readonly trusted?: Pick<TrustedBrowsers, 'list' | 'forget'> | null
}

/** Steps for whoever fears that somebody else was in their account, one at a time. */
export function secureAccount(options: SecureAccountOptions): Screen {
  const { users, sessions, allowedClients, apiKeys, apiTokens, pairs, programs, trusted = null } = options
  const steps: readonly ((visit: Visit) => Promise<Step>)[] = [
    async (visit) => {
      const others = (await sessions.list(visit.user.id)).length - 1
      const browsers = (await trusted?.list(visit.user.id))?.length ?? 0
      return {
        title: 'Sign out everywhere else',
        content: html`<p>
            ${others < 1 ? 'Only this device is signed in.' : `${others} other ${others === 1 ? 'device is' : 'devices are'} signed in.`}
          </p>
          ${
            browsers === 0
              ? ''
              : html`<p id="remembered">
                  ${browsers === 1 ? 'One browser is' : `${browsers} browsers are`} remembered and not asked for your
                  second factor. Afterwards, every browser is asked.
                </p>`
          }
          ${others < 1 && browsers === 0 ? '' : postForm({ to: visit.path, proof: visit.form, action: 'end-others', button: 'Sign them out' })}`,
      }
    },
    async (visit) => {
      const hasPassword = (await users.find(visit.user.id))?.hasPassword === true
      return {
        title: hasPassword ? 'Change your password' : 'You have no password',
        content: hasPassword
          ? html`<p>
                Choose one that you use nowhere else; you come back here then. With a
                <a href="/account/passkeys/add/" id="add-passkey">passkey</a> there is nothing that could be tricked out
                of you.
              </p>
              <p>
                <a class="button small" href="/account/password/?from=secure" id="change-password"
                  >Change the password</a
                >
              </p>`
          : html`<p>So nobody can know it. Look in the next step at what you sign in with instead.</p>`,
      }
    },
    async (visit) => ({ title: 'Look at your ways in', content: await waysInOf(options, visit.user.id) }),
    async (visit) => {
      const apps = await allowedClients.list(visit.user.id)
      return {
        title: 'Look at your connected apps',
        content:
          apps.length === 0
            ? html`<p>You have let no application in.</p>`
            : html`<p>Take out those that you do not know.</p>
                ${apps.map((one) =>
                  itemForm(
                    visit,
                    'withdraw',
                    { client: one.clientId },
                    html`${shownName(one.name)}, let in ${moment(one.since)}, last used
                    ${momentOr(one.lastUsedAt, 'at a time that is not known')}`,
                    'Take it out',
                  ),
                )}`,
      }
    },
    async (visit) => ({ title: 'Look at your keys, tokens and programs', content: await keysStep(options, visit) }),
  ]

  const stepOf = (visit: Visit): number => {
    const asked = Number(visit.query.get('step') ?? '1')
    return Number.isSafeInteger(asked) && asked >= 1 && asked <= steps.length ? asked : 1
  }

  const back = (visit: Posted, step: number, message: string): Outcome => leave(`${visit.path}?step=${step}`, message)

  return {
    path: 'secure/',
    menu: { text: 'Secure my account' },
    isSensitive: true,
    show: async (visit) => {
      const number = stepOf(visit)
      const step = await steps[number - 1]?.(visit)
      const isLast = number === steps.length
      return {
        title: 'Secure my account',
        content: html`<section>
            <p class="quiet" id="progress">Step ${number} of ${steps.length}</p>
            <h2>${step?.title}</h2>
            ${step?.content}
          </section>
          <div class="buttons">
            <a
              class="button small${isLast ? '' : ' second'}"
              id="next-step"
              href="${isLast ? '/account/' : `${visit.path}?step=${number + 1}`}"
              >${isLast ? 'Done' : 'Next step'}</a
            >
            ${number === 1 ? '' : html`<a href="${visit.path}?step=${number - 1}" id="previous-step">Step back</a>`}
          </div>`,
      }
    },
    actions: {
      'end-others': {
        run: async (visit) => {
          await sessions.endOthers(visit.user.id, visit.signed.auth.id, visit.by)
          await trusted?.forget(visit.user.id, visit.by)
          return back(visit, 2, 'All other devices are signed out.')
        },
      },
      withdraw: {
        run: async (visit) => {
          const was = await allowedClients.withdraw(visit.user.id, visit.text('client'), visit.by)
          return back(visit, 4, was ? 'The application is out.' : 'That application was out already.')
        },
      },
      revoke: {
        run: async (visit) => {
          await apiKeys.revoke(visit.text('key'), { by: visit.by, owner: { kind: 'user', id: visit.user.id } })
          return back(visit, 5, 'The key is revoked.')
        },
      },
      'revoke-token': {
        run: async (visit) => {
          const owner = { kind: 'user', id: visit.user.id } as const
          const was = await apiTokens.revoke(visit.text('id'), { by: visit.by, owner })
          return back(visit, 5, was ? 'The token is revoked.' : 'That token was revoked already.')
        },
      },
      'end-program': {
        run: async (visit) => {
          const id = visit.text('id')
          // Of somebody else's one learns no more than of one that is over.
          const isTheirs = (await programs(visit.user.id)).some((one) => one.id === id)
          const was = isTheirs && (await pairs.revokeFamily(id, visit.by))
          return back(visit, 5, was ? 'The program is signed out.' : 'That program was signed out already.')
        },
      },
    },
  }
}

interface Step {
  readonly title: string
  readonly content: Markup
}
