import { html } from 'hono/html'
import type { Users } from '../accounts/users.ts'
import type { AuthenticatorApps } from '../factors/authenticator-apps.ts'
import type { Passkeys } from '../factors/passkeys.ts'
import { moment } from '../pages/components.ts'
import { momentOr } from '../pages/facts.ts'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'
import type { LinkedAccounts } from '../social/linked-accounts.ts'

export interface WaysInStores {
  readonly users: Pick<Users, 'find'>
  readonly passkeys: Pick<Passkeys, 'list'>
  readonly apps: Pick<AuthenticatorApps, 'find'>
  readonly linked: Pick<LinkedAccounts, 'list'>
}

/** By what an account can be got into beside its password: who was in it may have left one of their own. */
export async function waysInOf({ users, passkeys, apps, linked }: WaysInStores, userId: string): Promise<Markup> {
  const [record, keys, app, accounts] = await Promise.all([
    users.find(userId),
    passkeys.list(userId),
    apps.find(userId),
    linked.list(userId),
  ])
  const email = record?.email ?? null
  const ways: readonly Markup[] = [
    ...(email === null
      ? []
      : [
          html`Mail to <strong><bdi>${email}</bdi></strong> leads to a new password. Is it yours?
            <a href="/account/profile/" id="way-email">Profile</a>`,
        ]),
    ...keys.map(
      ({ id, name, createdAt, lastUsedAt }) =>
        html`The passkey <a href="/account/passkeys/${id}/" id="way-${id}"><bdi>${name}</bdi></a
          >, added ${moment(createdAt)}, last used ${momentOr(lastUsedAt)}`,
    ),
    ...(app === null
      ? []
      : [
          html`An <a href="/account/authenticator/" id="way-app">authenticator app</a>, added ${moment(app.createdAt)}`,
        ]),
    ...accounts.map(
      ({ id, provider, email: address, name, subject, createdAt }) =>
        html`The account
          <a href="/account/linked/${id}/" id="way-${id}"><bdi>${shownName(address ?? name ?? subject)}</bdi></a> at
          ${provider}, linked ${moment(createdAt)}`,
    ),
  ]
  if (ways.length === 0) return html`<p>Nothing beside your password signs in to this account.</p>`
  return html`<p>Whoever was in your account may have left a way in of their own. Take away what is not yours.</p>
    <ul class="points" id="ways-in">
      ${ways.map((way) => html`<li>${way}</li>`)}
    </ul>`
}
