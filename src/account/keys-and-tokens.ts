import { html } from 'hono/html'
import { moment } from '../pages/components.ts'
import { momentOr } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { table } from '../pages/table.ts'
import { leave, type Screen, type Visit } from '../screens/screen.ts'
import type { ApiKeys } from '../tokens/api-keys.ts'
import type { ApiTokens } from '../tokens/api-tokens.ts'
import type { SignedInProgram } from '../tokens/family-list.ts'
import type { TokenPairs } from '../tokens/pairs.ts'

export interface KeysAndTokensOptions {
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly apiTokens: Pick<ApiTokens, 'list' | 'revoke'>
  readonly pairs: Pick<TokenPairs, 'revokeFamily'>
  /** The programs that somebody is signed in to by pairs of tokens. */
  readonly programs: (userId: string) => Promise<readonly SignedInProgram[]>
}

/** Everything beside browsers that acts for a person: keys, tokens, and programs that signed in. */
export function keysAndTokens({ apiKeys, apiTokens, pairs, programs }: KeysAndTokensOptions): Screen {
  return {
    path: 'tokens/',
    menu: { text: 'Keys and tokens' },
    show: async (visit) => {
      const owner = { kind: 'user', id: visit.user.id } as const
      const [keys, tokens, signedIn] = await Promise.all([
        apiKeys.list(owner),
        apiTokens.list(owner),
        programs(visit.user.id),
      ])
      const live = keys.filter(({ revokedAt }) => revokedAt === null).length
      return {
        title: 'Keys and tokens',
        content: html`<p>Beside the browsers in <a href="/account/devices/">Devices</a>, these act in your name.</p>
          <section>
            <h2>API keys</h2>
            <p>
              You have ${live === 0 ? 'none' : live}. They are made and looked after
              <a href="/portal/keys/" id="portal-keys">in the portal</a>.
            </p>
          </section>
          ${table({
            id: 'tokens',
            caption: 'Tokens',
            isCaptionShown: true,
            empty: 'You have no tokens.',
            columns: [
              { heading: 'Name' },
              { heading: 'Made' },
              { heading: 'Last used' },
              { heading: 'Expires' },
              { heading: 'Revoke' },
            ],
            rows: tokens.map(({ id, name, createdAt, lastUsedAt, expiresAt }) => [
              html`<bdi>${name === '' ? 'without a name' : name}</bdi>`,
              moment(createdAt),
              momentOr(lastUsedAt),
              momentOr(expiresAt),
              revokeForm(visit, 'revoke-token', id),
            ]),
          })}
          ${table({
            id: 'programs',
            caption: 'Programs that signed in',
            isCaptionShown: true,
            empty: 'No program is signed in with a pair of tokens.',
            columns: [
              { heading: 'Signed in' },
              { heading: 'Last fetched tokens' },
              { heading: 'Ends at the latest' },
              { heading: 'Sign out' },
            ],
            rows: signedIn.map(({ id, since, refreshedAt, expiresAt }) => [
              moment(since),
              momentOr(refreshedAt, 'as it signed in'),
              moment(expiresAt),
              revokeForm(visit, 'end-program', id, 'Sign out'),
            ]),
          })}`,
      }
    },
    actions: {
      'revoke-token': {
        run: async (visit) => {
          const owner = { kind: 'user', id: visit.user.id } as const
          const was = await apiTokens.revoke(visit.text('id'), { by: visit.by, owner })
          return leave(visit.path, was ? 'The token is revoked.' : 'That token was revoked already.')
        },
      },
      'end-program': {
        run: async (visit) => {
          const id = visit.text('id')
          // Of somebody else's one learns no more than of one that is over.
          const isTheirs = (await programs(visit.user.id)).some((one) => one.id === id)
          const was = isTheirs && (await pairs.revokeFamily(id, visit.by))
          return leave(visit.path, was ? 'The program is signed out.' : 'That program was signed out already.')
        },
      },
    },
  }
}

function revokeForm(visit: Visit, action: string, id: string, button = 'Revoke'): Markup {
  return postForm({ to: visit.path, proof: visit.form, action, fields: { id }, button, kind: 'second', isInline: true })
}
