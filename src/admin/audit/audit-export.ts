import type { Users } from '../../accounts/users.ts'
import type { Answer } from '../../http/exchange.ts'
import type { AuditEntry, AuditFilter, AuditLog } from '../../storage/audit-log.ts'
import type { Screen } from '../../screens/screen.ts'
import { csvLine } from '../csv.ts'
import { auditFilterOf, auditQueryIn } from './audit-filter.ts'

/** The events that match, as a file: CSV, or JSON with one event in a line. It is read a page at a time, whatever its size. */
export function auditExport({
  log,
  users,
}: {
  readonly log: Pick<AuditLog, 'list'>
  readonly users: Pick<Users, 'findByLogin'>
}): Screen {
  return {
    path: 'audit/export/',
    show: async ({ query }): Promise<Answer> => {
      const filter = await auditFilterOf(auditQueryIn(query), users)
      const isJson = query.get('format') === 'json'
      return {
        status: 200,
        headers: [
          ['content-type', isJson ? 'application/x-ndjson; charset=utf-8' : 'text/csv; charset=utf-8'],
          ['content-disposition', `attachment; filename="audit.${isJson ? 'ndjson' : 'csv'}"`],
          ['cache-control', 'no-store'],
          ['x-content-type-options', 'nosniff'],
        ],
        body: isJson ? '' : csvLine(columns),
        pieces: linesOf(log, filter, isJson ? jsonLine : csvOf),
      }
    },
  }
}

const columns = ['id', 'time', 'event', 'actor', 'subject', 'address', 'request_id', 'detail', 'chain', 'position']

async function* linesOf(
  log: Pick<AuditLog, 'list'>,
  filter: AuditFilter,
  write: (entry: AuditEntry) => string,
): AsyncGenerator<string> {
  let after: string | undefined
  do {
    const page = await log.list(filter, { limit: 1000, after })
    if (page.entries.length > 0) yield page.entries.map(write).join('')
    after = page.next ?? undefined
  } while (after !== undefined)
}

function jsonLine({ id, at, event, actor, subject, address, requestId, detail, chain, position }: AuditEntry): string {
  const time = new Date(at).toISOString()
  return `${JSON.stringify({ id, time, event, actor, subject, address, request_id: requestId, detail, chain, position })}\n`
}

function csvOf(entry: AuditEntry): string {
  const { id, at, event, actor, subject, address, requestId, detail, chain, position } = entry
  const time = new Date(at).toISOString()
  return csvLine([
    id,
    time,
    event,
    actor,
    subject,
    address ?? '',
    requestId ?? '',
    JSON.stringify(detail),
    chain,
    String(position),
  ])
}
