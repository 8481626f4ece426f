import { clientRules } from '../server/client-rules.ts'
import type { TestDoorward } from '../testing/test-doorward.ts'
import { importDjango, type ImportDjangoOptions } from './import-django.ts'
import { openSource } from './open-source.ts'
import type { ImportedKind } from './report.ts'

/** Imports a file or a database into an instance, as the command does. Gives what became of each kind, by its name. */
export async function runImport(
  { instance, clock }: Pick<TestDoorward, 'instance' | 'clock'>,
  where: string,
  options: Partial<ImportDjangoOptions> = {},
): Promise<Readonly<Record<string, ImportedKind>>> {
  const source = await openSource(where)
  try {
    const { database, hasher, apiTokens, oauth, social } = instance
    const lifetimes = { refreshTokenLifetime: 604_800, grantLifetime: 7_776_000, familyLifetime: 2_592_000 }
    const kinds = await importDjango({
      database,
      hasher,
      apiTokens,
      clients: oauth.clients,
      rules: clientRules(instance.settings),
      lifetimes,
      providers: social.settings,
      source,
      clock: clock.now,
      ...options,
    })
    return Object.fromEntries(kinds.map((kind) => [kind.kind, kind]))
  } finally {
    await source.close()
  }
}
