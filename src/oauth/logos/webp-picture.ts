import type { Picture } from './checked-picture.ts'

/** Reads a WebP (RFC 9649). Keeps the chunks that show it; `null` where it is none, moves, or is broken. */
export function webpPicture(bytes: Buffer): Picture | null {
  if (bytes.length < 20 || nameAt(bytes, 0) !== 'RIFF' || nameAt(bytes, 8) !== 'WEBP') return null
  const end = 8 + bytes.readUInt32LE(4)
  if (end > bytes.length) return null
  const kept: Buffer[] = []
  let size: Size | null = null
  let canvas: Size | null = null
  for (let at = 12; at + 8 <= end;) {
    const name = nameAt(bytes, at)
    const data = bytes.subarray(at + 8, at + 8 + bytes.readUInt32LE(at + 4))
    const next = at + 8 + data.length + (data.length % 2)
    if (data.length !== bytes.readUInt32LE(at + 4) || next > end) return null
    if (name === 'VP8X') {
      canvas = canvasOf(data)
      if (canvas === null || kept.length > 0) return null
      kept.push(chunk(name, withoutMetadata(data)))
    } else if (name === 'VP8 ' || name === 'VP8L') {
      if (size !== null) return null
      size = name === 'VP8 ' ? lossySize(data) : losslessSize(data)
      if (size === null) return null
      kept.push(chunk(name, data))
    } else if (name === 'ALPH') kept.push(chunk(name, data))
    at = next
  }
  if (size === null || (canvas !== null && (canvas.width !== size.width || canvas.height !== size.height))) return null
  const content = Buffer.concat([Buffer.from('WEBP'), ...kept])
  return { mediaType: 'image/webp', bytes: chunk('RIFF', content), ...size }
}

interface Size {
  readonly width: number
  readonly height: number
}

/** Section 2.7.1: the flags of profiles, metadata and animation, of which the last is refused. */
const [animation, metadata] = [0x02, 0x2c]

function canvasOf(data: Buffer): Size | null {
  if (data.length !== 10 || ((data[0] ?? 0) & animation) !== 0) return null
  return { width: data.readUIntLE(4, 3) + 1, height: data.readUIntLE(7, 3) + 1 }
}

function withoutMetadata(data: Buffer): Buffer {
  const copy = Buffer.from(data)
  copy[0] = (copy[0] ?? 0) & ~metadata
  return copy
}

/** RFC 6386, section 9.1: a key frame with its start code. */
function lossySize(data: Buffer): Size | null {
  if (data.length < 10 || ((data[0] ?? 1) & 1) !== 0 || data.readUIntBE(3, 3) !== 0x9d012a) return null
  return { width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff }
}

/** RFC 9649, section 3.4: 14 bits for each side, less one. */
function losslessSize(data: Buffer): Size | null {
  if (data.length < 5 || data[0] !== 0x2f) return null
  const bits = data.readUInt32LE(1)
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
}

function chunk(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(name, 'latin1')
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data, ...(data.length % 2 === 0 ? [] : [Buffer.alloc(1)])])
}

function nameAt(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + 4)
}
