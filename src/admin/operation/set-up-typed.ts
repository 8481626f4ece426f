import type { Exchange } from '../../http/exchange.ts'
import { parseBody } from '../../http/parse-body.ts'

/** What was typed on the page of the first set-up. */
export interface SetUpTyped {
  readonly username: string
  readonly email: string | null
  readonly timeZone: string | null
}

/** Reads the form of the first set-up. Other fields are had by `text`. */
export async function typedIn(
  request: Exchange,
): Promise<SetUpTyped & { readonly key: string; readonly text: (name: string) => string }> {
  const fields = await parseBody(request.headers.get('content-type'), await request.body())
  const text = (name: string): string => {
    const value = Object.hasOwn(fields, name) ? fields[name] : ''
    return typeof value === 'string' ? value : ''
  }
  const [username, email, timeZone] = [text('username').trim(), text('email').trim(), text('time_zone').trim()]
  return { key: text('key'), text, username, email: email || null, timeZone: timeZone || null }
}

/** The key of the link, as the terminal shows it. */
export function keyIn(request: Pick<Exchange, 'url'>): string {
  return queryOf(request).get('key') ?? ''
}

export function queryOf({ url }: Pick<Exchange, 'url'>): URLSearchParams {
  return new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? '')
}
