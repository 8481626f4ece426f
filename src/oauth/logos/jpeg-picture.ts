import type { Picture } from './checked-picture.ts'

/** Reads a JPEG (ITU-T T.81, annex B). Keeps the segments that show it; `null` where it is none, or a broken one. */
export function jpegPicture(bytes: Buffer): Picture | null {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== startOfImage) return null
  const kept: Buffer[] = [bytes.subarray(0, 2)]
  let size: { readonly width: number; readonly height: number } | null = null
  let scans = 0
  for (let at = 2; at + 4 <= bytes.length || at + 2 === bytes.length;) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      // Section B.1.1.2: fill bytes.
      at += 1
      continue
    }
    if (marker === endOfImage) {
      kept.push(bytes.subarray(at, at + 2))
      return size !== null && scans > 0 ? { mediaType: 'image/jpeg', bytes: Buffer.concat(kept), ...size } : null
    }
    if (at + 4 > bytes.length) return null
    const end = at + 2 + bytes.readUInt16BE(at + 2)
    if (end > bytes.length || end < at + 4) return null
    const segment = bytes.subarray(at, end)
    if (isFrame(marker)) {
      if (size !== null || segment.length < 9) return null
      size = { height: segment.readUInt16BE(5), width: segment.readUInt16BE(7) }
    }
    const next = marker === startOfScan ? endOfScan(bytes, end) : end
    if (marker === startOfScan) scans += 1
    if (scans > mostScans) return null
    if (isShown(marker, segment)) kept.push(bytes.subarray(at, next))
    at = next
  }
  return null
}

/** Of a picture that comes clearer and clearer there are about ten. Thousands fit in a few bytes, and keep busy whoever is shown it. */
const mostScans = 50

const startOfImage = 0xffd8
const endOfImage = 0xd9
const startOfScan = 0xda

/** Frames of every kind (table B.1): where the size stands. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

/** What applications put in (APPn) and comments show nothing, but for the one that says how colours are written. */
function isShown(marker: number, segment: Buffer): boolean {
  if (marker === 0xee) return segment.length === 16 && segment.toString('latin1', 4, 9) === 'Adobe'
  return marker >= 0xc0 && marker < 0xe0
}

/** Where the pixels of a scan end: at the next marker that is none of a restart (section B.1.1.5). */
function endOfScan(bytes: Buffer, from: number): number {
  for (let at = from; at + 1 < bytes.length; at += 1) {
    if (bytes[at] !== 0xff) continue
    const next = bytes[at + 1] ?? 0
    if (next !== 0 && !(next >= 0xd0 && next <= 0xd7)) return at
  }
  return bytes.length
}
