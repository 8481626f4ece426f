import { quoted } from './quoted.ts'

/** A call of the JSON API as a curl line. The token stays in a variable, out of the history of the shell. */
export function apiCall(origin: string, method: string, path: string, body?: unknown): string {
  const lines = [
    `curl${method === 'GET' ? '' : ` -X ${method}`} ${quoted(`${origin}${path}`)}`,
    `  -H "Authorization: Bearer $DOORWARD_TOKEN"`,
    ...(body === undefined ? [] : [`  -H 'Content-Type: application/json'`, `  -d ${quoted(JSON.stringify(body))}`]),
  ]
  return lines.join(' \\\n')
}
