import { addressesOf } from './addresses.ts'
import { type Settings, SettingsInvalid } from './settings.ts'

/** The domain that passkeys are made for: those of another let nobody in. Throws `SettingsInvalid`. */
export function passkeyDomainOf({ publicUrl, passkeyDomain }: Pick<Settings, 'publicUrl' | 'passkeyDomain'>): string {
  const own = publicUrl === null ? 'localhost' : new URL(publicUrl).hostname
  const rpId = passkeyDomain ?? own
  if (own === rpId || own.endsWith(`.${rpId}`)) return rpId
  throw new SettingsInvalid([`passkeyDomain has to be the domain of publicUrl (${own}), or one above it.`])
}

/** The site, as WebAuthn names it: that domain, and the origins whose pages may ask for a passkey. */
export function relyingPartyOf(settings: Settings): { readonly rpId: string; readonly origins: readonly string[] } {
  const { publicUrl } = settings
  const origins = publicUrl === null ? addressesOf(settings) : [publicUrl]
  return { rpId: passkeyDomainOf(settings), origins: origins.map((url) => new URL(url).origin) }
}
