/**
 * How well somebody has proved who they are, as `acr` says it: `phr` is of RFC 6711's registry (OpenID Connect Extended
 * Authentication Profile ACR Values 1.0, section 2), the others are ours.
 */
export const authenticationClasses = ['phr', 'urn:doorward:acr:mfa', 'urn:doorward:acr:sfa'] as const

/** The classes that a sign-in meets, the strongest first. `amr` in the names of RFC 8176. */
export function classesOf(amr: readonly string[]): readonly string[] {
  const kinds = new Set(amr.map((method) => kindOf.get(method) ?? method))
  const isMultiple = amr.includes('mfa') || [...kinds].filter((kind) => factors.has(kind)).length > 1
  return authenticationClasses.filter((name) => {
    if (name === 'phr') return amr.includes('hwk') || amr.includes('swk')
    return name === 'urn:doorward:acr:sfa' ? kinds.size > 0 : isMultiple
  })
}

/** The `acr` of a sign-in: of the classes that it meets, the one that the client prefers, else the strongest. */
export function acrOf(amr: readonly string[], preferred: readonly string[] = []): string | undefined {
  const met = classesOf(amr)
  return preferred.find((name) => met.includes(name)) ?? met[0]
}

/** What somebody knows, has or is. */
const factors: ReadonlySet<string> = new Set(['knows', 'has', 'is'])

const kindOf: ReadonlyMap<string, string> = new Map([
  ...['pwd', 'pin', 'kba'].map((method) => [method, 'knows'] as const),
  ...['otp', 'hwk', 'swk', 'sms', 'tel', 'sc'].map((method) => [method, 'has'] as const),
  ...['fpt', 'face', 'iris', 'retina', 'vbm'].map((method) => [method, 'is'] as const),
])
