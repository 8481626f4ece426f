import { RequestRefused } from '../../core/errors.ts'
import type { Endpoint } from '../../http/exchange.ts'
import type { Database } from '../../storage/database.ts'
import { parseId } from '../../storage/id.ts'

/**
 * Sends the pictures of applications, each at an address that changes with it. What somebody uploaded is sent as the picture that it
 * was checked to be and as nothing else, to pages of this site alone: opened by itself it is saved, and can run nothing.
 */
export function logoEndpoint({ database }: { readonly database: Pick<Database, 'read'> }): Endpoint {
  return async ({ url }) => {
    const [, id = '', digest = ''] = /\/logo\/([^/?#]{1,32})\/([\w-]{43})\/?(?:[?#]|$)/.exec(url) ?? []
    const key = parseId(id)
    const found =
      key === null
        ? undefined
        : await database.read
            .selectFrom('client_logos')
            .select(['media_type', 'bytes'])
            .where('client_id', '=', key)
            .where('digest', '=', digest)
            .executeTakeFirst()
    if (found === undefined) throw new RequestRefused('not_found')
    return {
      status: 200,
      headers: [
        ['content-type', found.media_type],
        ['x-content-type-options', 'nosniff'],
        ['content-disposition', 'attachment'],
        ['content-security-policy', "default-src 'none'; frame-ancestors 'none'; sandbox"],
        ['cross-origin-resource-policy', 'same-origin'],
        ['cache-control', 'private, max-age=86400, immutable'],
        ['referrer-policy', 'no-referrer'],
      ],
      body: '',
      bytes: found.bytes,
    }
  }
}
