/**
 * Reads base64url without padding (RFC 7515, section 2), and nothing else: `null` for padding, white space, characters of
 * other alphabets, an impossible length, and bits left over that are not zero. So each value has one spelling, and a token
 * cannot be spelled anew. One test finds all of it: what was read must be written the same again.
 */
export function decodeBase64url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : null
}
