import type { Exchange } from '../http/exchange.ts'
import { parseBody } from '../http/parse-body.ts'

/** A field of a form body: only forms are looked into, and a body that cannot be read has no fields. */
export async function formFieldOf(
  exchange: Pick<Exchange, 'headers' | 'body' | 'takesFiles'>,
  name: string,
): Promise<string | null> {
  const type = exchange.headers.get('content-type')
  if (type === null || !/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) return null
  const fields = await parseBody(type, await exchange.body(), exchange)
  const value = Object.hasOwn(fields, name) ? fields[name] : null
  return typeof value === 'string' ? value : null
}
