import type { Terms } from '../accounts/accepted-terms.ts'
import { type Settings, SettingsInvalid } from './settings.ts'

/** What has to be accepted, `null` for nothing. Throws `SettingsInvalid` for a version of nothing. */
export function termsOf({
  signUpTerms: text,
  termsUrl: url,
  termsVersion: version,
}: Pick<Settings, 'signUpTerms' | 'termsUrl' | 'termsVersion'>): Terms | null {
  if (text !== null || url !== null) return { text, url, version }
  if (version === null) return null
  throw new SettingsInvalid(['termsVersion needs terms that can be read: set termsUrl or signUpTerms.'])
}
