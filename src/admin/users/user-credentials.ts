import { html } from 'hono/html'
import type { Users } from '../../accounts/users.ts'
import { moment } from '../../pages/components.ts'
import { momentOr } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import { table } from '../../pages/table.ts'
import { leave, type Screen } from '../../screens/screen.ts'
import type { ApiKeys } from '../../tokens/api-keys.ts'
import type { ApiTokens } from '../../tokens/api-tokens.ts'
import { checkMayActOn, mayActOn } from '../acting-on.ts'
import { keyState } from '../credentials/key-state.ts'
import { userFrame, userOf } from './user-frame.ts'

export interface UserCredentialsStores {
  readonly users: Pick<Users, 'find'>
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly apiTokens: Pick<ApiTokens, 'list' | 'revoke'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** The API keys and tokens of a user, by how they begin: nobody can read them again. */
export function userCredentials({ users, apiKeys, apiTokens, clock }: UserCredentialsStores): Screen {
  return {
    path: 'users/:id/credentials/',
    show: async (visit) => {
      const user = await userOf(visit, users)
      const owner = { kind: 'user', id: user.id } as const
      const [keys, tokens] = await Promise.all([apiKeys.list(owner), apiTokens.list(owner)])
      const mayRevoke = mayActOn(visit.user, user)
      const now = clock()
      return {
        ...userFrame(user),
        content: html`<h2>API keys</h2>
          ${table({
            id: 'keys',
            caption: 'API keys',
            columns: [
              { heading: 'Name' },
              { heading: 'Begins' },
              { heading: 'Status' },
              { heading: 'Scopes' },
              { heading: 'Last used' },
              { heading: 'Expires' },
            ],
            rows: keys.map((key) => [
              html`<a href="/admin/keys/${key.id}/"><bdi>${shownName(key.name, key.id)}</bdi></a>`,
              html`<code>${key.masked}</code>`,
              keyState(key, now),
              key.scopes.join(' '),
              momentOr(key.lastUsedAt),
              momentOr(key.expiresAt),
            ]),
            empty: 'They have no API keys. People make their own in the portal.',
          })}
          <h2>Tokens</h2>
          ${table({
            id: 'tokens',
            caption: 'Tokens',
            columns: [
              { heading: 'Name' },
              { heading: 'Begins' },
              { heading: 'Made' },
              { heading: 'Last used' },
              { heading: 'Expires' },
              ...(mayRevoke ? [{ heading: 'Revoke' }] : []),
            ],
            rows: tokens.map((token) => [
              html`<bdi>${shownName(token.name, token.id)}</bdi>`,
              html`<code>${token.masked}</code>`,
              moment(token.createdAt),
              momentOr(token.lastUsedAt),
              momentOr(token.expiresAt),
              ...(mayRevoke
                ? [
                    postForm({
                      to: visit.path,
                      proof: visit.form,
                      action: 'revoke-token',
                      fields: { token: token.id },
                      button: 'Revoke',
                      kind: 'second',
                      isInline: true,
                    }),
                  ]
                : []),
            ]),
            empty: 'They have no tokens.',
          })}`,
      }
    },
    actions: {
      'revoke-token': {
        run: async (visit) => {
          const user = await userOf(visit, users)
          checkMayActOn(visit.user, user)
          const owner = { kind: 'user', id: user.id } as const
          const revoked = await apiTokens.revoke(visit.text('token'), { by: visit.by, owner })
          return leave(visit.path, revoked ? 'The token is revoked.' : 'That token was revoked already.')
        },
      },
    },
  }
}
