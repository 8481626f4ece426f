import { timingSafeEqual } from 'node:crypto'

/** Compares in a time that does not tell where the two differ. Different lengths are different, and only that shows. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b)
}

/** As `equalBytes`, for texts, code unit by code unit: UTF-8 would make all lone surrogates equal. */
export function equalText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a, 'utf16le'), Buffer.from(b, 'utf16le'))
}
