import { html } from 'hono/html'
import { badge, facts } from '../../pages/facts.ts'
import { type Cell, table } from '../../pages/table.ts'
import type { Screen } from '../../screens/screen.ts'
import type { ListedNode } from '../../storage/node-reports.ts'
import { nodesTable } from './nodes-table.ts'

/** Something that the server needs, and whether it is well. */
export interface Checked {
  readonly what: string
  readonly isWell: boolean
  /** How it is, or what to do about it. */
  readonly detail: string
}

export interface Health {
  readonly checks: readonly Checked[]
  /** What is known of this process. */
  readonly process: readonly (readonly [name: string, value: Cell])[]
  /** Processes that share the database, each by its number. */
  readonly nodes: readonly ListedNode[]
  /** About how many rows each table has. */
  readonly tables: readonly { readonly name: string; readonly rows: number }[]
}

/** How the server and what it needs are. */
export function healthPage({ health }: { readonly health: () => Promise<Health> }): Screen {
  return {
    path: 'health/',
    menu: { text: 'Health', group: 'Operation' },
    show: async () => {
      const { checks, process: about, nodes, tables } = await health()
      return {
        title: 'Health',
        content: html`${table({
            id: 'checks',
            caption: 'What the server needs',
            columns: [{ heading: 'What' }, { heading: 'Status' }, { heading: 'Details' }],
            rows: checks.map(({ what, isWell, detail }) => [
              what,
              isWell ? badge('Well', 'good') : badge('Look at it', 'bad'),
              detail,
            ]),
          })}
          <section aria-labelledby="process-heading">
            <h2 id="process-heading">This process</h2>
            ${facts(about)}
          </section>
          <h2>Processes on this database</h2>
          ${nodesTable(nodes)}
          <h2>Tables</h2>
          <details>
            <summary>${tables.length} tables, with how many rows each has</summary>
            ${table({
              id: 'tables',
              caption: 'Tables',
              columns: [{ heading: 'Table' }, { heading: 'Rows, about', isNumeric: true }],
              rows: tables.map(({ name, rows }) => [name, rows.toLocaleString('en')]),
            })}
          </details>`,
      }
    },
  }
}
