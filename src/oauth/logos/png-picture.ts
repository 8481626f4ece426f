import { crc32 } from 'node:zlib'
import type { Picture } from './checked-picture.ts'

/** Reads a PNG (W3C PNG, Third Edition). Keeps the chunks that show it; `null` where it is none, or a broken one. */
export function pngPicture(bytes: Buffer): Picture | null {
  if (!bytes.subarray(0, 8).equals(signature)) return null
  const kept: Buffer[] = [signature]
  let header: Buffer | null = null
  let hasPixels = false
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 12 + bytes.readUInt32BE(at)
    if (end > bytes.length) return null
    const type = bytes.toString('latin1', at + 4, at + 8)
    const data = bytes.subarray(at + 8, end - 4)
    if (crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4)) return null
    // Section 5.6: the header comes first, and once.
    if ((header === null) !== (type === 'IHDR')) return null
    if (type === 'IHDR') header = data
    if (shown.has(type)) kept.push(bytes.subarray(at, end))
    hasPixels ||= type === 'IDAT'
    at = end
    if (type === 'IEND') return header?.length === 13 && hasPixels ? pictureOf(kept, header) : null
  }
  return null
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Header, palette, transparency, pixels, end. Those of animations stand beside, and are left out. */
const shown: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'])

function pictureOf(parts: readonly Buffer[], header: Buffer): Picture {
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  return { mediaType: 'image/png', bytes: Buffer.concat(parts), width, height }
}
