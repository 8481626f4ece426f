import type { UserSource } from '../../accounts/user-source.ts'

/** What people sign in with elsewhere, by id. */
export type NamedProviders = ReadonlyMap<string, { readonly settings: { readonly name: string } }>

/** The sources of accounts, as a form has them. */
export function sourceChoices(providers: NamedProviders): readonly { readonly value: string; readonly text: string }[] {
  return [
    { value: '', text: 'Any' },
    ...Object.entries(words).map(([value, text]) => ({ value, text })),
    ...[...providers].map(([id, { settings }]) => ({
      value: `provider:${id}`,
      text: `First signed in with ${settings.name}`,
    })),
  ]
}

/** Where one account comes from. */
export function sourceInWords(source: UserSource | null, providers: NamedProviders): string {
  if (source === null) return 'Not known: it is from before this was kept'
  const id = source.startsWith('provider:') ? source.slice('provider:'.length) : null
  if (id !== null) return `First signed in with ${providers.get(id)?.settings.name ?? id}`
  return Object.hasOwn(words, source) ? words[source as keyof typeof words] : source
}

const words: Readonly<Record<Exclude<UserSource, `provider:${string}`>, string>> = {
  made: 'Made by an administrator or a command',
  sign_up: 'Signed up',
  invitation: 'Joined by an invitation',
  import: 'Imported',
  service: 'Vouched for by a proxy, a certificate or an application',
}
