/** A thing as a piece of a configuration file. Secrets are not in it. */
export function configOf(kind: string, value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ [kind]: [value] }, null, 2)
}
