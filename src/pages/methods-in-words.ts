/** How somebody proved who they are (`amr`, RFC 8176), for people: `password, one-time code`. */
export function methodsInWords(amr: readonly string[]): string {
  return amr.map((method) => words[method] ?? method).join(', ')
}

const words: Readonly<Record<string, string>> = {
  pwd: 'password',
  otp: 'one-time code',
  hwk: 'passkey',
  swk: 'passkey',
  mfa: 'two factors',
  email: 'code by e-mail',
  fed: 'another site',
  rba: 'remembered browser',
  break_glass: 'code for emergencies',
}
