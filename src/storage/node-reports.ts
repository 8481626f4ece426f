import { sql } from 'kysely'
import type { Database } from './database.ts'
import { nodeCount } from './id.ts'

/** What a running server says of itself. Times are milliseconds since 1970. */
export interface NodeReport {
  /** The name of its machine, and the number of its process there. */
  readonly host: string
  readonly process: number
  readonly version: string
  /** Of Node.js. */
  readonly runtime: string
  readonly startedAt: number
  /** Bytes that it holds. */
  readonly memory: number
  /** By how many milliseconds its clock is ahead of the database's; `null`: that has none of its own. */
  readonly clockAhead: number | null
  /** Of the last ten seconds: milliseconds for which hardly anything had to wait longer until it got its turn. */
  readonly turnDelay: number
  /** How often a token that came was remembered from before, and how often it had to be verified anew. */
  readonly tokensRemembered: number
  readonly tokensVerified: number
  /** When it last looked for what others revoked, and when there was something (`null`: never since it started). */
  readonly lookedAt: number
  readonly revokedAt: number | null
  readonly passwordsRunning: number
  readonly passwordsWaiting: number
}

/** A process that writes to the database. */
export interface ListedNode {
  readonly number: number
  readonly isThis: boolean
  /** Until when it holds its number. */
  readonly until: number
  readonly reportedAt: number | null
  /** `null`: it is no server, such as a command, or an application that Doorward is a part of. */
  readonly report: NodeReport | null
}

export interface NodeReports {
  /** The number of this process. */
  readonly number: () => number
  readonly write: (report: NodeReport) => Promise<void>
  /** Takes back what this process wrote. */
  readonly remove: () => Promise<void>
  /** The processes that hold a number now, by number. */
  readonly list: () => Promise<readonly ListedNode[]>
}

export interface NodeReportsOptions {
  readonly database: Pick<Database, 'read' | 'write' | 'newId'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Keeps the last report of each running server, in one row for each number. */
export function createNodeReports({ database, clock }: NodeReportsOptions): NodeReports {
  const number = (): number => Number((database.newId() >> 12n) % BigInt(nodeCount))
  return {
    number,

    write: async (report) => {
      const row = { number: number(), reported_at: Math.floor(clock()), report: JSON.stringify(report) }
      await database.write(async (unit) =>
        unit
          .insertInto('node_reports')
          .values(row)
          .onConflict((conflict) => conflict.column('number').doUpdateSet(row))
          .execute(),
      )
    },

    remove: async () => {
      const own = number()
      await database.write(async (unit) => unit.deleteFrom('node_reports').where('number', '=', own).execute())
    },

    list: async () => {
      const now = Math.floor(clock())
      const own = number()
      const rows = await database.read
        .selectFrom('nodes')
        // A number that somebody else had before it came round says nothing about who has it now.
        .leftJoin('node_reports', (on) =>
          on
            .onRef('node_reports.number', '=', 'nodes.number')
            .on(sql<boolean>`node_reports.reported_at > ${now - forgotten}`),
        )
        .select(['nodes.number', 'nodes.expires_at', 'node_reports.reported_at', 'node_reports.report'])
        .where('nodes.expires_at', '>', now)
        .orderBy('nodes.number')
        .execute()
      return rows.map(({ number: of, expires_at: until, reported_at: reportedAt, report }) => ({
        number: of,
        isThis: of === own,
        until,
        reportedAt,
        report: report === null ? null : (JSON.parse(report) as NodeReport),
      }))
    },
  }
}

/** After this time without a report, in milliseconds, it is no server any more that has the number. */
const forgotten = 600_000
