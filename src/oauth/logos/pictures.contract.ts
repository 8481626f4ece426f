import { crc32, deflateSync } from 'node:zlib'

/** Pictures that tests make by hand, each of which a browser shows. */
export function pngOf({ width = 2, height = 2, extra = [] }: PngParts = {}): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits a sample, and colours in red, green and blue.
  header.set([8, 2, 0, 0, 0], 8)
  const line = Buffer.alloc(1 + width * 3, 0x80)
  line[0] = 0
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => line)))
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', header),
    ...extra.map(([type, data]) => pngChunk(type, Buffer.from(data))),
    pngChunk('IDAT', pixels),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

export interface PngParts {
  readonly width?: number
  readonly height?: number
  /** Chunks before the pixels (none). */
  readonly extra?: readonly (readonly [type: string, data: string])[]
}

export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
