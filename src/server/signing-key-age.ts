/** For how many days a key has signed. */
export function signingKeyAge(keys: readonly Key[], current: string | undefined, now: number): number {
  const key = keys.find(({ kid }) => kid === current)
  return key === undefined ? 0 : Math.floor((now - key.signsFrom) / day)
}

/** Whether the key that signs has done so for a day longer than it should. `lifetime` in seconds. */
export function isSigningKeyLate(
  keys: readonly Key[],
  current: string | undefined,
  { now, lifetime }: { readonly now: number; readonly lifetime: number },
): boolean {
  return signingKeyAge(keys, current, now) * 86_400 > lifetime + 86_400
}

interface Key {
  readonly kid: string
  readonly signsFrom: number
}

const day = 86_400_000
