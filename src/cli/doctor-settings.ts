import { isDevelopment } from '../server/is-development.ts'
import { endlessLifetimes } from '../server/endless-lifetimes.ts'
import { relaxationsOf } from '../server/relaxations.ts'
import type { Settings } from '../server/settings.ts'
import { ok, problem, warning, type Finding } from './finding.ts'

/** What the settings give away by themselves. */
export function settingsFindings(settings: Settings): readonly Finding[] {
  return [
    addressFinding(settings),
    secretFinding(settings),
    ...peerFindings(settings),
    ...throttleFindings(settings),
    ...limitFindings(settings),
    ...endlessLifetimes(settings).map(({ setting, stays }) =>
      warning(`${stays}: ${setting} is not set.`, `Set ${setting}, such as 90d.`),
    ),
    ...relaxationsOf(settings).map(({ setting, allows }) =>
      warning(allows, `Take ${setting} out of the settings, unless a client cannot do without.`),
    ),
  ]
}

function addressFinding({ publicUrl }: Settings): Finding {
  if (publicUrl === null)
    return warning(
      'Development mode: no public address is set.',
      'Set publicUrl (DOORWARD_PUBLIC_URL), such as https://id.example.com.',
    )
  if (publicUrl.startsWith('http:'))
    return problem(
      `publicUrl is ${publicUrl}: cookies and tokens travel in clear.`,
      'Put TLS in front and set publicUrl to its https:// address.',
    )
  return ok(`The public address is ${publicUrl}.`)
}

function secretFinding(settings: Settings): Finding {
  const { secret } = settings
  if (secret === null && isDevelopment(settings)) return ok('The secret is made in the data folder (development mode).')
  if (secret === null)
    return problem('No secret is set.', 'Set DOORWARD_SECRET to the output of: openssl rand -base64 32')
  // Shorter ones the settings refuse; a sentence or a repeated letter is long enough and still guessed.
  if (new Set(secret).size < 12)
    return problem(
      'The secret has few different characters: it can be guessed.',
      'Set DOORWARD_SECRET to the output of: openssl rand -base64 32, and list the old one in DOORWARD_PREVIOUS_SECRETS.',
    )
  return ok('A secret is set.')
}

function peerFindings(settings: Settings): readonly Finding[] {
  const { authenticators, trustedProxies, remoteUserPeers, clientCertificatePeers } = settings
  const lists = { trustedProxies, remoteUserPeers, clientCertificatePeers }
  const open = Object.entries(lists).filter(([, list]) => list.some((range) => range.endsWith('/0')))
  const noRemoteUser =
    authenticators.includes('remoteUser') && remoteUserPeers.length === 0 && settings.remoteUserSecret === null
  const noCertificates =
    authenticators.includes('clientCertificate') &&
    settings.clientCertificateSource !== 'tls' &&
    clientCertificatePeers.length === 0 &&
    settings.clientCertificateSecret === null
  return [
    ...open.map(([name]) =>
      problem(`${name} trusts every address: anyone can be anyone.`, `Name your own proxies in ${name}.`),
    ),
    ...(noRemoteUser ? [ok('The way in remoteUser is closed: it has no peers.')] : []),
    ...(noCertificates
      ? [
          warning(
            'The way in clientCertificate is closed: its header counts from nobody.',
            'Name your proxies in clientCertificatePeers.',
          ),
        ]
      : []),
  ]
}

function throttleFindings(settings: Settings): readonly Finding[] {
  const names = ['guessesPerAccountAndAddress', 'guessesPerAddress', 'guessesPerAccount', 'failuresPerAddress'] as const
  return names
    .filter((name) => settings[name] === null)
    .map((name) => warning(`${name} is switched off: guessing is slowed less.`, `Remove ${name}, or give it a rate.`))
}

function limitFindings({ bodyLimit, accessTokenLifetime, metricsToken, publicUrl }: Settings): readonly Finding[] {
  return [
    ...(bodyLimit > 1_048_576
      ? [
          warning(
            `Bodies may have ${bodyLimit} bytes.`,
            'Lower bodyLimit (DOORWARD_BODY_LIMIT): no request here needs more than 65536.',
          ),
        ]
      : []),
    ...(accessTokenLifetime > 86_400
      ? [
          warning(
            'Access tokens live for more than a day.',
            'Lower accessTokenLifetime; refresh tokens are for longer sign-ins.',
          ),
        ]
      : []),
    // A proxy on this machine makes everyone a caller from this machine.
    ...(metricsToken === null && publicUrl !== null
      ? [
          warning(
            '/metrics answers this machine without a token, and so whatever a proxy on it passes on.',
            'Set DOORWARD_METRICS_TOKEN, or keep /metrics out of the proxy.',
          ),
        ]
      : []),
  ]
}
