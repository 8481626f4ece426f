/** Reads base32 (RFC 4648, section 6), with or without padding, blanks and lower case; `null` for what is none. */
export function readBase32(text: string): Uint8Array | null {
  const plain = text.replaceAll(/[\s-]/g, '').replace(/=+$/, '').toUpperCase()
  if (plain === '' || !/^[A-Z2-7]+$/.test(plain)) return null
  const bytes: number[] = []
  let [bits, held] = [0, 0]
  for (const sign of plain) {
    held = ((held << 5) | alphabet.indexOf(sign)) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 0xff)
  }
  return Uint8Array.from(bytes)
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
