import { checkProviders } from '../server/check-providers.ts'
import type { Settings } from '../server/settings.ts'
import { type Finding, ok, warning } from './finding.ts'

/** Whether the providers that people sign in with answer, and are what the settings say. */
export async function providerFindings(settings: Settings): Promise<readonly Finding[]> {
  return (await checkProviders(settings)).map(({ provider: { id, name, issuer }, fault }) =>
    fault === null
      ? ok(`${name} can be signed in with.`)
      : warning(
          `Nobody can sign in with ${name}. ${fault}`,
          `Check the issuer of ${id} in signInProviders, ${issuer}, and that this machine reaches it.`,
        ),
  )
}
