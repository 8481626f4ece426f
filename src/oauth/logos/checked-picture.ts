import { jpegPicture } from './jpeg-picture.ts'
import { pngPicture } from './png-picture.ts'
import { webpPicture } from './webp-picture.ts'

/** A picture as it may be sent on: rebuilt from those of its parts that are needed to show it. */
export interface Picture {
  readonly mediaType: 'image/png' | 'image/jpeg' | 'image/webp'
  readonly bytes: Uint8Array
  /** In pixels. */
  readonly width: number
  readonly height: number
}

/** Bytes of a picture, and pixels of each of its sides. */
export const mostPictureBytes = 65_536
export const mostPixels = 1024
export const mostOfPictures: { readonly bytes: number; readonly pixels: number } = {
  bytes: mostPictureBytes,
  pixels: mostPixels,
}

/**
 * Reads a PNG, JPEG or WebP by its bytes, whatever anybody calls it, and puts together anew what shows it: no metadata, which may
 * tell where somebody lives, no animation, and nothing behind its end, which may be another file. `null` for everything else,
 * and for one that is too large. Vector pictures are none: they can hold scripts.
 */
export function checkedPicture(bytes: Uint8Array): Picture | null {
  if (bytes.byteLength > mostPictureBytes) return null
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const picture = pngPicture(whole) ?? jpegPicture(whole) ?? webpPicture(whole)
  return picture !== null && isOfSize(picture.width) && isOfSize(picture.height) ? picture : null
}

function isOfSize(pixels: number): boolean {
  return pixels >= 1 && pixels <= mostPixels
}
