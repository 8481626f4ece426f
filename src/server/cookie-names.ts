import { SettingsInvalid, type Settings } from './settings.ts'

/**
 * What the two cookies of a browser that is signed in are called. On https the one of the session is `__Host-` and the name.
 * Throws `SettingsInvalid` for names that are one, or that another cookie has.
 */
export function cookieNames({
  sessionCookieName,
  csrfCookieName,
}: Pick<Settings, 'sessionCookieName' | 'csrfCookieName'>): {
  readonly session: string
  readonly csrf: string
} {
  const faults = [
    ...Object.entries({ sessionCookieName, csrfCookieName })
      .filter(([, name]) => taken.includes(name))
      .map(([setting, name]) => `${setting}: ${name} is another cookie of Doorward. Choose another name.`),
    ...(sessionCookieName === csrfCookieName ? ['sessionCookieName and csrfCookieName have to be two names.'] : []),
  ]
  if (faults.length > 0) throw new SettingsInvalid(faults)
  return { session: sessionCookieName, csrf: csrfCookieName }
}

/**
 * A sign-in under way, a browser that is remembered, names that are, a sign-in at a provider, and pairs of tokens; forms that
 * wait, what a page says next, a code that was asked for by mail; links of mails, while their pages are open.
 */
const taken: readonly string[] = (
  'signin trusted accounts provider_sign_in access_token refresh_token keptform endedform message mailcode ' +
  'codelink verify reset newemail oldemail keep passkeysignup'
).split(' ')
