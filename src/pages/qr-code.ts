import { html, raw } from 'hono/html'
import { encode } from 'uqr'
import type { Markup } from './layout.ts'

/**
 * A QR code as a picture within the page: nothing is fetched, and no cache keeps it. Black on white in the dark too, with the
 * quiet zone of four modules that scanners need (ISO/IEC 18004, section 5.3.8).
 */
export function qrCode(text: string, label: string): Markup {
  const { data, size } = encode(text, { ecc: 'M', border: 4 })
  const dark = data.flatMap((row, y) => runsOf(row).map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`))
  return html`<svg
    class="qr"
    id="qr"
    viewBox="0 0 ${size} ${size}"
    role="img"
    aria-label="${label}"
    shape-rendering="crispEdges"
  >
    <rect width="${size}" height="${size}" fill="#fff" />
    <path fill="#000" d="${raw(dark.join(''))}" />
  </svg>`
}

/** Where dark modules stand side by side: the first, and how many. */
function runsOf(row: readonly boolean[]): readonly (readonly [x: number, length: number])[] {
  const runs: [number, number][] = []
  row.forEach((isDark, x) => {
    const last = runs.at(-1)
    if (!isDark) return
    if (last !== undefined && last[0] + last[1] === x) last[1] += 1
    else runs.push([x, 1])
  })
  return runs
}
