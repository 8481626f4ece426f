import { exampleBody } from './example-body.ts'
import { bodySchema } from './json-schemas.ts'
import type { Described } from './operation.ts'
import { type ShownCredential, shownCredentials } from './shown-credential.ts'

/** A line for a shell that calls an operation and shows a credential. Parameters of the path stand as they are named. */
export function curlLine(one: Described, origin: string, credential: ShownCredential): string {
  const shown = shownCredentials[credential]
  const schema = bodySchema(one)
  const example = schema === null ? null : exampleBody(schema)
  const isForm = one.bodyType === 'application/x-www-form-urlencoded'
  const parts = [
    `curl${one.method === 'GET' ? '' : ` -X ${one.method}`} ${quoted(`${origin}${one.path}`)}`,
    ...(shown === null ? [] : [shown.curl]),
    ...(example === null
      ? []
      : isForm
        ? Object.keys(example as object).map((name) => `--data-urlencode ${quoted(`${name}=…`)}`)
        : [`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(example))}`]),
  ]
  return parts.join(' \\\n  ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
