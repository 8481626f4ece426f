import type { ApiTokens } from '../tokens/api-tokens.ts'
import { adoptedId, isAdoptable } from '../tokens/adopted-token.ts'
import { RequestRefused } from '../core/errors.ts'
import { formatId } from '../storage/id.ts'
import { importedKey } from '../storage/imported-credentials.ts'
import { keyIn, textIn, timeIn } from './columns.ts'
import { type Came, type Importing, newAmong } from './importing.ts'

/** The tokens of Django REST framework (`rest_framework.authtoken`): each goes on working as it is. */
export async function importTokens(
  importing: Importing,
  users: Came,
  apiTokens: Pick<ApiTokens, 'adopt'>,
): Promise<void> {
  const { source, imports, by, now, isDryRun } = importing
  const tally = importing.tally('tokens')
  for await (const batch of source.batches('authtoken_token', 'key')) {
    const fresh = await newAmong(batch, { imports, tally, model, keyOf: (row) => importedKey(textIn(row, 'key')) })
    const adopting = fresh.map(async (row) => {
      const [text, user] = [textIn(row, 'key'), keyIn(row, 'user_id') ?? '']
      const owner = users.get(user)
      if (owner === undefined) return tally.left(`the token of user ${user}`, 'Its user does not come.')
      if (!isAdoptable(text)) return tally.left(`the token of user ${user}`, 'It is not 40 hex digits.')
      if (isDryRun) return tally.made()
      try {
        await apiTokens.adopt({
          owner: { kind: 'user', id: formatId(owner) },
          name: 'Django',
          text,
          createdAt: Math.min(timeIn(row, 'created') ?? now, now),
          by: { actor: by.actor ?? 'system' },
          alongside: async (unit) => imports.add(unit, model, [{ key: importedKey(text), id: adoptedId(text) }]),
        })
        return tally.made()
      } catch (error) {
        if (!(error instanceof RequestRefused)) throw error
        return tally.left(`the token of user ${user}`, error.message)
      }
    })
    await Promise.all(adopting)
  }
}

const model = 'authtoken.token'
