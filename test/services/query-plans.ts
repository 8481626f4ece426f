import { CompiledQuery } from 'kysely'
import type { Database } from '../../src/storage/database.ts'

/** A database whose statements are written down as they are read. */
export interface Watched {
  readonly database: Database
  /** How the database would find the rows of what was read since the last call: of each statement, a line for each step. */
  readonly plans: () => Promise<readonly string[]>
}

export function watched(database: Database): Watched {
  const { read, dialect } = database
  let seen: CompiledQuery[] = []
  // Parts of statements pass here too: those that were run are known by their result.
  const compiled = new WeakMap<object, CompiledQuery>()
  const watching = read.withPlugin({
    transformQuery: ({ node, queryId }) => {
      compiled.set(queryId, read.getExecutor().compileQuery(node, queryId))
      return node
    },
    transformResult: async ({ result, queryId }) => {
      const query = compiled.get(queryId)
      if (query !== undefined) seen.push(query)
      return result
    },
  })

  return {
    database: { ...database, read: watching },
    plans: async () => {
      const queries = seen
      seen = []
      const plans: string[] = []
      for (const { sql, parameters } of queries) {
        const explain = dialect === 'sqlite' ? 'explain query plan' : 'explain'
        const { rows } = await read.executeQuery<Readonly<Record<string, unknown>>>(
          CompiledQuery.raw(`${explain} ${sql}`, [...parameters]),
        )
        plans.push(rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])).join('\n'))
      }
      return plans
    },
  }
}
