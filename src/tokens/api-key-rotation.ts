import { RequestRefused } from '../core/errors.ts'
import type { ApiKeyRow } from '../storage/schema.ts'

/**
 * How a key gets another secret without a moment in which its users fail. The columns that change; each throws
 * `RequestRefused` (`conflict`) where the key is in no state for it. After the end of an overlap only the new secret works,
 * whether the rotation was finished or not, so another one may start then.
 */
export function startedRotation(
  row: ApiKeyRow,
  { digest, now, endsAt }: { readonly digest: Uint8Array; readonly now: number; readonly endsAt: number | null },
): Partial<ApiKeyRow> {
  if (isOverlapping(row, now)) throw conflict('The key is being rotated already. Finish or cancel that first.')
  const settled = row.next_digest === null ? {} : finishedRotation(row)
  return { ...settled, next_digest: digest, next_last_used_at: null, rotation_ends_at: endsAt }
}

export function finishedRotation(row: ApiKeyRow): Partial<ApiKeyRow> {
  if (row.next_digest === null) throw conflict('The key is not being rotated.')
  return {
    digest: row.next_digest,
    next_digest: null,
    rotation_ends_at: null,
    last_used_at: row.next_last_used_at ?? row.last_used_at,
    next_last_used_at: null,
  }
}

export function cancelledRotation(row: ApiKeyRow, now: number): Partial<ApiKeyRow> {
  if (!isOverlapping(row, now)) throw conflict('The key is not being rotated, or its old secret has ended.')
  return { next_digest: null, next_last_used_at: null, rotation_ends_at: null }
}

function isOverlapping({ next_digest: next, rotation_ends_at: end }: ApiKeyRow, now: number): boolean {
  return next !== null && (end === null || now < end)
}

function conflict(message: string): RequestRefused {
  return new RequestRefused('conflict', message)
}
