import { html } from 'hono/html'
import { RequestRefused } from '../core/errors.ts'
import { momentOr } from '../pages/facts.ts'
import { confirmation, postForm } from '../pages/forms.ts'
import { shownName } from '../pages/shown-name.ts'
import { table } from '../pages/table.ts'
import { leave, type Screen } from '../screens/screen.ts'
import type { LinkedAccount } from '../social/linked-account-list.ts'
import type { LinkedAccounts } from '../social/linked-accounts.ts'

export interface LinkedSignInsOptions {
  readonly linked: Pick<LinkedAccounts, 'list' | 'unlink' | 'isLastWayIn'>
  /** The providers that there are: a name, and where linking with one begins. */
  readonly providers: readonly { readonly id: string; readonly name: string; readonly action: string }[]
}

const place = '/account/linked/'

/** The accounts at other providers that a person signs in with, and those they may link. */
export function linkedSignIns({ linked, providers }: LinkedSignInsOptions): Screen {
  return {
    path: 'linked/',
    menu: { text: 'Linked sign-ins' },
    show: async (visit) => {
      const accounts = await linked.list(visit.user.id)
      const justLinked = accounts.find(({ id }) => id === visit.query.get('linked'))
      return {
        title: 'Linked sign-ins',
        content: html`${
            justLinked === undefined
              ? ''
              : html`<p class="done" role="status" id="done">
                  You can now sign in with ${nameOf(justLinked, providers)}.
                </p>`
          }
          <p>Accounts elsewhere that you sign in with here. Whoever can use one of them can use this account.</p>
          ${table({
            id: 'linked',
            caption: 'Linked sign-ins',
            columns: [
              { heading: 'Where' },
              { heading: 'Account' },
              { heading: 'Linked' },
              { heading: 'Last used' },
              { heading: 'Unlink' },
            ],
            rows: accounts.map((account) => [
              nameOf(account, providers),
              html`<bdi>${labelOf(account)}</bdi>`,
              momentOr(account.createdAt),
              momentOr(account.lastUsedAt),
              html`<a class="button small second" href="${place}${account.id}/" id="unlink-${account.id}">Unlink</a>`,
            ]),
            empty: 'You have linked none yet.',
          })}
          ${
            providers.length === 0
              ? ''
              : html`<section aria-labelledby="more-heading">
                  <h2 id="more-heading">Link another</h2>
                  <p class="quiet">You sign in there, and come back here.</p>
                  <div class="actions" id="more">
                    ${providers.map(({ id, name, action }) =>
                      postForm({
                        to: action,
                        proof: visit.form,
                        action: id,
                        fields: { purpose: 'link' },
                        button: `Link ${name}`,
                        kind: 'second',
                        isInline: true,
                      }),
                    )}
                  </div>
                </section>`
          }`,
      }
    },
  }
}

/** Asks before one is unlinked; the last way in stays. */
export function unlinkSignIn({ linked, providers }: LinkedSignInsOptions): Screen {
  return {
    path: 'linked/:id/',
    isSensitive: true,
    show: async (visit) => {
      const account = (await linked.list(visit.user.id)).find(({ id }) => id === visit.params['id'])
      if (account === undefined) throw new RequestRefused('not_found')
      const name = nameOf(account, providers)
      const crumbs = [{ href: place, text: 'Linked sign-ins' }]
      if (await linked.isLastWayIn(visit.user.id, account.id)) {
        return {
          title: `${name} is your only way in`,
          crumbs,
          content: html`<section>
            <p>
              You have no password and nothing else to sign in with. Set a password, add a passkey, or link another
              account first; then you can unlink this one.
            </p>
            <p><a class="button small" href="/account/password/" id="set-password">Set a password</a></p>
          </section>`,
        }
      }
      return {
        title: `Unlink ${name}?`,
        crumbs,
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'unlink',
          button: 'Unlink',
          what: 'You stay signed in. To sign in with it again, you have to link it anew.',
          stops: [`signing in with ${name} as ${labelOf(account)}`],
          cancel: place,
        }),
      }
    },
    actions: {
      unlink: {
        isSensitive: true,
        run: async (visit) => {
          const account = await linked.unlink(visit.user.id, visit.params['id'] ?? '', visit.by)
          return leave(place, `${nameOf(account, providers)} is unlinked.`)
        },
      },
    },
  }
}

function nameOf({ provider }: LinkedAccount, providers: LinkedSignInsOptions['providers']): string {
  return providers.find(({ id }) => id === provider)?.name ?? `${provider} (not offered any more)`
}

/** What its owner knows it by: what the provider calls it, made safe to show. */
function labelOf({ email, name, subject }: LinkedAccount): string {
  return shownName(email ?? name ?? subject, subject)
}
