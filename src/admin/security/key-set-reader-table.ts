import { html } from 'hono/html'
import { moment } from '../../pages/components.ts'
import { badge } from '../../pages/facts.ts'
import type { Markup } from '../../pages/layout.ts'
import { table } from '../../pages/table.ts'
import type { KeySetReading } from './key-set-reading.ts'

/** Which backends have fetched the newest keys: whether those may sign already. */
export function keySetReaderTable({ publishedAt, readers }: KeySetReading): Markup {
  const late = readers.filter(({ hasNewest }) => !hasNewest).length
  return html`<section class="section" aria-labelledby="readers-heading">
    <h2 id="readers-heading">Who has fetched them</h2>
    ${
      readers.length === 0 || publishedAt === null
        ? ''
        : html`<p id="readers-state">
            The newest key was made ${moment(publishedAt)}.
            ${
              late === 0
                ? 'All that are listed have fetched the keys since.'
                : `${late} of ${readers.length} have not fetched the keys since.`
            }
          </p>`
    }
    ${table({
      id: 'readers',
      caption: 'Who has fetched the public keys',
      columns: [
        { heading: 'Backend' },
        { heading: 'From' },
        { heading: 'Last fetched' },
        { heading: 'Fetches', isNumeric: true },
        { heading: 'Newest key' },
      ],
      rows: readers.map(({ name, program, network, lastAt, reads, hasNewest }) => [
        name === ''
          ? html`<bdi>${program === '' ? 'without a name' : program}</bdi>`
          : html`<bdi>${name}</bdi> <span class="quiet">${program}</span>`,
        network,
        moment(lastAt),
        reads,
        hasNewest ? badge('Has it', 'good') : badge('Not yet', 'note'),
      ]),
      empty: 'No program has fetched them yet.',
    })}
    <p class="quiet">
      Programs that verify tokens themselves, over the last 30 days; browsers are not kept. Give each the address with a
      name of its own, such as <code>/o/jwks.json?backend=billing</code>, to tell them apart.
    </p>
  </section>`
}
