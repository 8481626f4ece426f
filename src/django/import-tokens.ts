import type { ApiTokens } from '../tokens/api-tokens.ts'
import { adoptedId, isAdoptable } from '../tokens/adopted-token.ts'
import { RequestRefused } from '../core/errors.ts'
import { formatId } from '../storage/id.ts'
import { keyIn, textIn, timeIn } from './columns.ts'
import type { Came, Importing } from './importing.ts'

/** The tokens of Django REST framework (`rest_framework.authtoken`): each goes on working as it is. */
export async function importTokens(
  { source, imports, database, by, now, isDryRun, tally: newTally }: Importing,
  users: Came,
  apiTokens: Pick<ApiTokens, 'adopt'>,
): Promise<void> {
  const tally = newTally('tokens')
  for await (const batch of source.batches('authtoken_token', 'key')) {
    const tokens = batch.map((row) => {
      const text = textIn(row, 'key')
      const createdAt = Math.min(timeIn(row, 'created') ?? now, now)
      // The id follows from a digest: the token itself is noted nowhere.
      return { text, user: keyIn(row, 'user_id') ?? '', createdAt, key: formatId(adoptedId(text)) }
    })
    const known = await imports.known(
      model,
      tokens.map(({ key }) => key),
    )
    const adopting = tokens.map(async ({ text, user, createdAt, key }) => {
      tally.found()
      if (known.has(key)) return tally.known()
      const owner = users.get(user)
      if (owner === undefined) return tally.left(`the token of user ${user}`, 'Its user does not come.')
      if (!isAdoptable(text)) return tally.left(`the token of user ${user}`, 'It is not 40 hex digits.')
      if (isDryRun) return tally.made()
      try {
        await apiTokens.adopt({
          owner: { kind: 'user', id: formatId(owner) },
          name: 'Django',
          text,
          createdAt,
          by: { actor: by.actor ?? 'system' },
        })
        await database.write(async (unit) => imports.add(unit, model, [{ key, id: adoptedId(text) }]))
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
