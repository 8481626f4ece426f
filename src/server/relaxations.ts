import type { Settings } from './settings.ts'

/** A setting that allows what the specifications advise against. */
export interface Relaxation {
  readonly setting: keyof Settings
  /** What it allows, and who advises against it. */
  readonly allows: string
}

/** What is looser than its defaults: the log repeats it at each start, and `doctor` names it. */
export function relaxationsOf(settings: Settings): readonly Relaxation[] {
  const { oauthLegacy, oauthLocalhostRedirects, oauthWildcardRedirects, oauthRegistration, smtpUrl, smtpTls } = settings
  const { secondFactor, trustedBrowserLifetime, signInProviders } = settings
  const all: readonly (Relaxation & { readonly isOn: boolean })[] = [
    {
      setting: 'secondFactor',
      isOn: secondFactor === 'off',
      allows: 'A password alone lets in whoever has added a second factor (OWASP ASVS 5.0, 6.3.3).',
    },
    {
      setting: 'trustedBrowserLifetime',
      isOn: (trustedBrowserLifetime ?? 0) > 2_592_000,
      allows:
        'People may have a browser not ask for their second factor for more than 30 days (NIST SP 800-63B, section 4.2.3).',
    },
    ...signInProviders.flatMap(({ id, linkByEmail, emailsAreVerified, trustSecondFactor }) => [
      {
        setting: 'signInProviders' as const,
        isOn: linkByEmail,
        allows: `Accounts of the provider ${id} are linked with accounts here by their address alone.`,
      },
      {
        setting: 'signInProviders' as const,
        isOn: emailsAreVerified,
        allows: `Every address that the provider ${id} names counts as verified.`,
      },
      {
        setting: 'signInProviders' as const,
        isOn: trustSecondFactor,
        allows: `A second factor at the provider ${id} counts as one here.`,
      },
    ]),
    {
      setting: 'oauthLegacy',
      isOn: oauthLegacy.length > 0,
      allows: `Clients may use ${oauthLegacy.join(', ')}, which RFC 9700 advises against.`,
    },
    {
      setting: 'oauthLocalhostRedirects',
      isOn: oauthLocalhostRedirects,
      allows: 'Answers may be sent to http://localhost, which may lead elsewhere (RFC 8252, section 8.3).',
    },
    {
      setting: 'oauthWildcardRedirects',
      isOn: oauthWildcardRedirects,
      allows: 'Answers may be sent to every host below one that is registered (RFC 9700, section 2.1).',
    },
    {
      setting: 'oauthUnreviewedApps',
      isOn: settings.oauthUnreviewedApps === 'everybody',
      allows: 'Everybody may use applications that nobody here has looked at.',
    },
    {
      setting: 'oauthRegistration',
      isOn: oauthRegistration === 'open',
      allows: 'Anyone may register clients (RFC 7591, section 5).',
    },
    {
      setting: 'smtpTls',
      isOn: smtpUrl !== null && !smtpTls,
      allows: 'Mail with links and codes may be sent in clear (RFC 8314, section 3).',
    },
  ]
  return all.filter(({ isOn }) => isOn).map(({ setting, allows }) => ({ setting, allows }))
}
