import type { AuthRequest, Peer } from '../core/request.ts'

/** A Web `Request` as the door sees it: itself, with what no `Request` has. */
export type WebRequest = Request & { peer?: Peer | undefined; field?: AuthRequest['field'] }

/** Whether a request carries a form, whose fields are worth reading. A script proves by a header where it comes from. */
export function hasForm(method: string, contentType: string | null): boolean {
  if (method === 'GET' || method === 'HEAD' || contentType === null) return false
  return /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(contentType)
}
