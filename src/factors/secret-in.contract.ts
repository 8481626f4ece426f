import { Secret } from 'otpauth'

/** What an app reads out of a QR code. */
export function secretIn(uri: string): Uint8Array {
  return Secret.fromBase32(new URL(uri).searchParams.get('secret') ?? '').bytes
}
