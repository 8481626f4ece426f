import { html } from 'hono/html'
import type { Sessions } from '../accounts/sessions.ts'
import type { TrustedBrowsers } from '../factors/trusted-browsers.ts'
import type { AllowedClients } from '../oauth/allowed-clients.ts'
import { postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'
import { leave, type Screen, type Visit } from '../screens/screen.ts'
import type { ApiKeys } from '../tokens/api-keys.ts'

export interface SecureAccountOptions {
  readonly sessions: Pick<Sessions, 'list' | 'endOthers'>
  readonly allowedClients: AllowedClients
  readonly apiKeys: Pick<ApiKeys, 'list' | 'revoke'>
  /** Browsers that do not ask for a second factor (there are none). */
  readonly trusted?: Pick<TrustedBrowsers, 'list' | 'forget'> | null
}

/** Four steps for whoever fears that somebody else was in their account, one at a time. */
export function secureAccount({ sessions, allowedClients, apiKeys, trusted = null }: SecureAccountOptions): Screen {
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
    async () => ({
      title: 'Change your password',
      content: html`<p>Choose one that you use nowhere else. Come back here when it is done.</p>
        <p><a class="button small" href="/account/password/" id="change-password">Change the password</a></p>`,
    }),
    async (visit) => {
      const apps = await allowedClients.list(visit.user.id)
      return {
        title: 'Look at your connected apps',
        content:
          apps.length === 0
            ? html`<p>You have let no application in.</p>`
            : html`<p>Take out those that you do not know.</p>
                ${apps.map((one) =>
                  itemForm(visit, 'withdraw', { client: one.clientId }, shownName(one.name), 'Take it out'),
                )}`,
      }
    },
    async (visit) => {
      const keys = (await apiKeys.list({ kind: 'user', id: visit.user.id })).filter(
        ({ revokedAt }) => revokedAt === null,
      )
      return {
        title: 'Look at your API keys',
        content:
          keys.length === 0
            ? html`<p>You have no API keys.</p>`
            : html`<p>Revoke those that you do not know. What uses them stops at once.</p>
                ${keys.map((one) => itemForm(visit, 'revoke', { key: one.id }, `${one.name} (${one.masked})`, 'Revoke'))}`,
      }
    },
  ]

  const stepOf = (visit: Visit): number => {
    const asked = Number(visit.query.get('step') ?? '1')
    return Number.isSafeInteger(asked) && asked >= 1 && asked <= steps.length ? asked : 1
  }

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
          return leave(`${visit.path}?step=2`, 'All other devices are signed out.')
        },
      },
      withdraw: {
        run: async (visit) => {
          const was = await allowedClients.withdraw(visit.user.id, visit.text('client'), visit.by)
          return leave(`${visit.path}?step=3`, was ? 'The application is out.' : 'That application was out already.')
        },
      },
      revoke: {
        run: async (visit) => {
          await apiKeys.revoke(visit.text('key'), { by: visit.by, owner: { kind: 'user', id: visit.user.id } })
          return leave(`${visit.path}?step=4`, 'The key is revoked.')
        },
      },
    },
  }
}

interface Step {
  readonly title: string
  readonly content: Markup
}

function itemForm(
  visit: Visit,
  action: string,
  fields: Readonly<Record<string, string>>,
  name: string,
  button: string,
): Markup {
  return html`<div class="toolbar">
    <span><bdi>${name}</bdi></span>
    ${postForm({ to: visit.path, proof: visit.form, action, fields, button, kind: 'second', isInline: true })}
  </div>`
}
