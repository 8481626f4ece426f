import { z } from 'zod'
import { download, json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { id, moment, momentSent, toMoment } from '../../api/wire-values.ts'
import type { AuditEntry, AuditFilter, AuditLog } from '../../storage/audit-log.ts'
import { formatId } from '../../storage/id.ts'
import type { AuditReport } from '../../storage/verify-audit.ts'
import { csvOf } from '../csv.ts'
import { mayAdminister } from '../may-administer.ts'

export interface AuditApiStores {
  readonly auditLog: AuditLog
  readonly verifyAudit: () => Promise<AuditReport>
}

/** The audit log, for administrators. Nothing in it can be changed. */
export function auditApi({ auditLog, verifyAudit }: AuditApiStores): readonly Operation[] {
  const common = { tag: 'Audit log', permission: mayAdminister } as const

  /** Page after page, until there is enough or nothing is left. */
  async function collected(filter: AuditFilter): Promise<{ entries: readonly AuditEntry[]; isComplete: boolean }> {
    const entries: AuditEntry[] = []
    for (let after: string | undefined; ;) {
      const page = await auditLog.list(filter, { after, limit: Math.min(1000, most - entries.length) })
      entries.push(...page.entries)
      if (page.next === null) return { entries, isComplete: true }
      if (entries.length >= most) return { entries, isComplete: false }
      after = page.next
    }
  }

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'Search the audit log, newest first',
      description: 'A page may be short and yet not be the last: only where next is null is there nothing older.',
      isPaged: true,
      query: filters,
      answer: json(z.object({ entries: z.array(entry), next: z.string().nullable() })),
      handler: async ({ query, page }) => {
        const { entries, next } = await auditLog.list(filterOf(query), page)
        return { entries: entries.map(entryAnswer), next }
      },
    }),
    operation({
      ...common,
      method: 'GET',
      path: `${path}export/`,
      summary: 'Take entries of the audit log out, as CSV or JSON',
      description: `The newest ${most} that match. Where there are more, the header X-Complete is false: go on with until.`,
      query: { ...filters, format: z.enum(['csv', 'json']).default('csv') },
      answer: download(['text/csv', 'application/json'], 'The entries.'),
      handler: async ({ query: { format, ...rest } }) => {
        const { entries, isComplete } = await collected(filterOf(rest))
        const answers = entries.map(entryAnswer)
        const headers = [['x-complete', String(isComplete)]] as const
        if (format === 'json') {
          return {
            body: JSON.stringify({ entries: answers }),
            contentType: 'application/json',
            fileName: 'audit.json',
            headers,
          }
        }
        const rows = answers.map(({ detail, ...columns }) => ({ ...columns, detail: JSON.stringify(detail) }))
        return { body: csvOf(columns, rows), contentType: 'text/csv', fileName: 'audit.csv', headers }
      },
    }),
    operation({
      ...common,
      method: 'POST',
      path: `${path}verify/`,
      summary: 'Check that nothing in the audit log was changed or removed',
      description: 'It reads the whole log: of millions of entries that takes minutes.',
      answer: json(
        z.object({
          rows: z.int(),
          chains: z.int(),
          trimmed: z.int().meta({ description: 'Chains whose beginning is gone, as where old entries are purged.' }),
          unbound: z.int().meta({
            description: 'Entries that are not bound to the secret of the server, as those of releases before.',
          }),
          breaks: z.array(z.object({ chain: z.string(), position: z.int(), id: z.string(), reason: z.string() })),
        }),
      ),
      handler: async () => {
        const { rows, chains, trimmed, unbound, breaks } = await verifyAudit()
        const shown = breaks.map((one) => ({
          chain: formatId(one.chainId),
          position: one.position,
          id: formatId(one.id),
          reason: one.reason,
        }))
        return { rows, chains, trimmed, unbound, breaks: shown }
      },
    }),
    operation({
      ...common,
      method: 'GET',
      path: `${path}{id}/`,
      summary: 'Read an entry of the audit log',
      params: { id: id('an entry') },
      object: { find: async (asked: { readonly path: { readonly id: string } }) => auditLog.find(asked.path.id) },
      answer: json(entry),
      handler: async ({ object }) => entryAnswer(object),
    }),
  ]
}

const path = '/api/admin/audit/'

/** Entries in one file. */
const most = 10_000

const word = (description: string) => z.string().min(1).max(200).optional().meta({ description })

const filters = {
  event: word('Such as user.disabled, or user. for all that begin so (all).'),
  actor: word('Who did it, such as user:… (all).'),
  subject: word('What it was done to, such as client:… (all).'),
  address: word('Where it came from (all).'),
  request_id: word('The id of the request (all).'),
  text: word('A text in the details (all).'),
  from: momentSent('Only entries from then on (all).').optional(),
  until: momentSent('Only entries before (all).').optional(),
}

function filterOf(query: {
  readonly event?: string | undefined
  readonly actor?: string | undefined
  readonly subject?: string | undefined
  readonly address?: string | undefined
  readonly request_id?: string | undefined
  readonly text?: string | undefined
  readonly from?: number | undefined
  readonly until?: number | undefined
}): AuditFilter {
  const { request_id: requestId, ...rest } = query
  return { ...rest, requestId }
}

const entry = z
  .object({
    id: z.string(),
    at: moment,
    event: z.string(),
    actor: z.string(),
    subject: z.string(),
    address: z.string().nullable(),
    request_id: z.string().nullable(),
    chain: z.string().meta({ description: 'The chain of hashes that it is in, and its place there.' }),
    position: z.int(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry', description: 'Something that happened.' })

const columns = [
  'id',
  'at',
  'event',
  'actor',
  'subject',
  'address',
  'request_id',
  'chain',
  'position',
  'detail',
] as const

function entryAnswer(from: AuditEntry): z.input<typeof entry> {
  const { requestId, at, detail, ...same } = from
  return { ...same, at: toMoment(at), request_id: requestId, detail: { ...detail } }
}
