import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import readCode from 'jsqr'
import { qrCode } from './qr-code.ts'

describe('a QR code', () => {
  it('holds what it was made of, as a phone reads it', async () => {
    for (const text of [
      'otpauth://totp/Notes:ada%40example.org?issuer=Notes&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30',
      `otpauth://totp/${'x'.repeat(300)}`,
    ]) {
      assert.equal(readQr(String(await qrCode(text, 'QR code'))), text)
    }
  })

  it('has a name for those who do not see it, and neither style nor script', async () => {
    const svg = String(await qrCode('x', 'QR code for your <app>'))
    assert.match(svg, /role="img"\s+aria-label="QR code for your &lt;app&gt;"/)
    assert.doesNotMatch(svg, /style|script|href/)
  })
})

/** Draws it, and reads the drawing. */
export function readQr(svg: string): string | null {
  const size = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1])
  const scale = 4
  const side = size * scale
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255)
  for (const [, x, y, length] of svg.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row += 1) {
      for (let column = Number(x) * scale; column < (Number(x) + Number(length)) * scale; column += 1) {
        pixels.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3)
      }
    }
  }
  return read(pixels, side)
}

function read(pixels: Uint8ClampedArray, side: number): string | null {
  // The package is CommonJS: its function is the default of its default.
  const jsQr = ('default' in readCode ? readCode.default : readCode) as (
    data: Uint8ClampedArray,
    width: number,
    height: number,
  ) => { readonly data: string } | null
  return jsQr(pixels, side, side)?.data ?? null
}
