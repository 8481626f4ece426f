import { readFileSync } from 'node:fs'

/** The version of this package, whose file is two folders above the sources and above what is built of them. */
export const version: string = read()

function read(): string {
  try {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
    return (JSON.parse(text) as { readonly version?: string }).version ?? 'unknown'
  } catch {
    return 'unknown'
  }
}
