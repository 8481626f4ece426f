import { X509Certificate } from 'node:crypto'
import { checkProviders } from '../server/check-providers.ts'
import type { Settings } from '../server/settings.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

export interface ProviderFindingsOptions {
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Whether the providers that people sign in with answer, and are what the settings say. Those of SAML are not asked: their certificates are looked at. */
export async function providerFindings(
  settings: Settings,
  { clock = Date.now }: ProviderFindingsOptions = {},
): Promise<readonly Finding[]> {
  return (await checkProviders(settings)).map(({ provider, fault }) => {
    const { id, name, issuer, saml } = provider
    if (saml !== null) return certificateFinding(provider, saml.certificates, clock())
    if (fault === null) return ok(`${name} can be signed in with.`)
    return warning(
      `Nobody can sign in with ${name}. ${fault}`,
      `Check the issuer of ${id} in signInProviders, ${issuer}, and that this machine reaches it.`,
    )
  })
}

/** Providers change over to a new certificate around the end of the old one, and then sign with what is not known here. */
function certificateFinding(
  { id, name }: Settings['signInProviders'][number],
  certificates: readonly string[],
  now: number,
): Finding {
  const last = Math.max(...certificates.map((pem) => new X509Certificate(pem).validToDate.getTime()))
  const day = new Date(last).toISOString().slice(0, 10)
  const fix = `Add the new one of the provider to certificates of ${id} in signInProviders, beside the old one until it has changed over.`
  if (last <= now) return problem(`The certificate by which ${name} signs has ended, on ${day}.`, fix)
  if (last <= now + month) return warning(`The certificate by which ${name} signs ends on ${day}.`, fix)
  return ok(`${name} signs by a certificate that ends on ${day}.`)
}

/** In milliseconds. */
const month = 30 * 86_400_000
