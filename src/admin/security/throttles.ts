import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import { moment } from '../../pages/components.ts'
import type { Markup } from '../../pages/layout.ts'
import { textControl } from '../../pages/controls.ts'
import { postForm } from '../../pages/forms.ts'
import { filterForm, pager, table } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import { leave, type Screen, type Visit } from '../../screens/screen.ts'
import { sought } from '../../screens/sought.ts'
import type { ThrottleCounter, ThrottleCounterList } from '../../storage/throttle-counter-list.ts'
import type { By } from '../../tokens/owner.ts'
import { linked } from '../linked.ts'
import type { Named, Names } from '../names.ts'
import { bucketWords, type BucketWords } from './bucket-words.ts'
import { endOwnLimit, type EndOwnLimitStores } from './own-limit.ts'
import { ownLimitTable } from './own-limit-table.ts'

/** A limit of the settings. */
export interface Limit {
  /** What it counts, in words. */
  readonly what: string
  /** Its setting. */
  readonly setting: string
  /** `100/min`, or `null` where there is none. */
  readonly rate: string | null
  /** How its buckets begin. */
  readonly prefix: string
}

export interface ThrottlesStores extends EndOwnLimitStores {
  readonly names: Names
  readonly limits: readonly Limit[]
  readonly throttleCounters: Pick<ThrottleCounterList, 'page' | 'top'>
  readonly resetThrottle: (key: string, by: By) => Promise<void>
}

/** What is limited and to how much, who is at the limit, and how one bucket is filled up again. */
export function throttles(stores: ThrottlesStores): Screen {
  const { limits, throttleCounters, resetThrottle, throttleOverrides, names } = stores

  async function shown(id: string, caption: string, items: readonly ThrottleCounter[], visit: Visit, empty: string) {
    const words = new Map(items.map(({ key }) => [key, bucketWords(key, limits)]))
    const named = await names([...words.values()].flatMap(({ subject }) => subject ?? []))
    return buckets({ id, caption, items, visit, empty, words, named })
  }

  return {
    path: 'throttles/',
    menu: { text: 'Throttles', group: 'Security' },
    show: async (visit) => {
      const { path, query } = visit
      const prefix = sought(query, 'prefix')
      const { items, next, isComplete } = await throttleCounters.page({ prefix }, askedPage(query, size))
      const top =
        prefix === '' && !query.has('after') ? await throttleCounters.top(10) : { items: [], isComplete: true }
      return {
        title: 'Throttles',
        content: html`<h2>Limits</h2>
          ${table({
            id: 'limits',
            caption: 'Limits',
            columns: [{ heading: 'What is counted' }, { heading: 'Rate' }, { heading: 'Setting' }],
            rows: limits.map(({ what, rate, setting, prefix: begins }) => [
              html`<a href="${path}?${new URLSearchParams({ prefix: begins })}">${what}</a>`,
              rate ?? html`<span class="quiet">no limit</span>`,
              html`<a href="/admin/settings/#${setting}">${setting}</a>`,
            ]),
          })}
          <h2>Limits of single callers</h2>
          ${await ownLimitTable(await throttleOverrides.list(), visit, names)}
          <p><a class="button small" id="new-own-limit" href="${path}new/">New limit for one caller</a></p>
          ${isComplete ? '' : html`<p class="note" id="in-redis">Redis counts here, and does not answer now. What stands below is what the database counts meanwhile.</p>`}
          ${
            top.items.length === 0
              ? ''
              : html`<h2>Longest to wait</h2>
                  ${top.isComplete ? '' : html`<p class="quiet" id="some">There are very many: of some of them.</p>`}
                  ${await shown('top', 'Longest to wait', top.items, visit, '')}`
          }
          <h2>Buckets in use</h2>
          ${filterForm({
            path,
            isFiltered: prefix !== '',
            controls: [
              textControl({ id: 'prefix', name: 'prefix', label: 'Begins with', value: prefix, maxLength: 250 }),
            ],
          })}
          ${await shown('buckets', 'Buckets in use', items, visit, 'Nobody is being counted: every bucket is full.')}
          ${pager({ path, query, next, size })}`,
      }
    },
    actions: {
      reset: {
        run: async (visit) => {
          const key = visit.text('key')
          if (key === '' || key.length > 250)
            throw new RequestRefused('invalid_request', 'Name the bucket that is to be filled up.')
          await resetThrottle(key, visit.by)
          return leave(visit.path, 'The bucket is full again.')
        },
      },
      'end-own-limit': {
        run: async (visit) => {
          await endOwnLimit(stores, visit.text('override'), visit.user, visit.by)
          return leave(visit.path, 'It has ended: what the settings say holds for them again.')
        },
      },
    },
  }
}

const size = 50

function buckets({
  id,
  caption,
  items,
  visit,
  empty,
  words,
  named,
}: {
  readonly id: string
  readonly caption: string
  readonly items: readonly ThrottleCounter[]
  readonly visit: Visit
  readonly empty: string
  readonly words: ReadonlyMap<string, BucketWords>
  readonly named: ReadonlyMap<string, Named>
}): ReturnType<typeof table> {
  return table({
    id,
    caption,
    columns: [{ heading: 'What is counted' }, { heading: 'Of whom' }, { heading: 'Full again' }, { heading: 'Reset' }],
    rows: items.map(({ key, fullAt, isLocal = false }) => {
      const { rule = key, subject = null, text = '' } = words.get(key) ?? {}
      return [
        html`${rule}${isLocal ? html` <span class="quiet">in this process alone</span>` : ''}
          <details>
            <summary>Name</summary>
            <code class="long">${key}</code>
          </details>`,
        html`${subject === null ? '' : linked(subject, named)} ${text} ${ownLimitLink(key)}`,
        moment(fullAt),
        postForm({
          to: visit.path,
          proof: visit.form,
          action: 'reset',
          content: html`<input type="hidden" name="key" value="${key}" />`,
          fields: { list: `${id}-${key}` },
          button: 'Reset',
          kind: 'second',
          isInline: true,
        }),
      ]
    }),
    empty,
  })
}

/** The way to a limit of its own for whoever a bucket is of, where it names them. */
function ownLimitLink(key: string): Markup | '' {
  const [, begins = '', kind = '', id = ''] = ofOne.exec(key) ?? []
  if (kind === '') return ''
  const of = begins.startsWith('guess.') ? 'guesses' : kind === 'apiKey' ? 'key' : kind
  const query = new URLSearchParams({ of, subject: id.replace(/\/64$/, '') })
  return html`<a href="/admin/throttles/new/?${query}" aria-label="Own limit for ${kind} ${id}">Own limit</a>`
}

const ofOne =
  /^(guess\.network|address|principal|key|organisation)\b.*?:(address|user|service_account|client|apiKey|organisation):(.{1,254})$/
