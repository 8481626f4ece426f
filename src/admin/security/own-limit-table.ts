import { html } from 'hono/html'
import { moment } from '../../pages/components.ts'
import { badge } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { type Cell, table } from '../../pages/table.ts'
import type { Visit } from '../../screens/screen.ts'
import type { ThrottleOverride } from '../../storage/throttle-overrides.ts'
import { linked } from '../linked.ts'
import type { Named, Names } from '../names.ts'
import { ownLimitWords } from './own-limit-new.ts'
import { ownLimitOf } from './own-limit.ts'

/** Who has a limit of their own, until when and why, each with the button that ends it. */
export async function ownLimitTable(all: readonly ThrottleOverride[], visit: Visit, names: Names): Promise<Markup> {
  const named = await names(all.flatMap((one) => [nameOf(one), one.createdBy]))
  return table({
    id: 'own-limits',
    caption: 'Limits of single callers',
    columns: [
      { heading: 'Whose' },
      { heading: 'What' },
      { heading: 'Rate' },
      { heading: 'Until' },
      { heading: 'Why' },
      { heading: 'By' },
      { heading: 'End' },
    ],
    rows: all.map((one) => rowOf(one, visit, named)),
    empty: 'Nobody has a limit of their own, and nobody is shut out.',
  })
}

function rowOf(one: ThrottleOverride, visit: Visit, named: ReadonlyMap<string, Named>): readonly Cell[] {
  const { of, id } = ownLimitOf(one)
  const whose =
    of === 'address' || of === 'failures' || of === 'guesses' ? html`<code>${id}</code>` : linked(nameOf(one), named)
  return [
    whose,
    ownLimitWords[of],
    one.rate ?? badge('Shut out', 'bad'),
    moment(one.expiresAt),
    one.reason === '' ? html`<span class="quiet">no reason</span>` : html`<bdi>${one.reason}</bdi>`,
    linked(one.createdBy, named),
    postForm({
      to: visit.path,
      proof: visit.form,
      action: 'end-own-limit',
      fields: { override: one.id },
      button: 'End',
      kind: 'second',
      isInline: true,
    }),
  ]
}

/** As the audit log names it. */
function nameOf(one: ThrottleOverride): string {
  return one.subject.replace(/^apiKey:/, 'api_key:')
}
