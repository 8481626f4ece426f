import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../../test/services/chromium.ts'
import { checkedPicture, mostPictureBytes } from './checked-picture.ts'
import { pngChunk, pngOf } from './pictures.contract.ts'

describe('a picture that somebody uploads', () => {
  let browser: Browser
  before(async () => {
    browser = await launchChromium()
  })
  after(async () => browser.close())

  /** As a browser writes it, which is how people have theirs. */
  async function drawn(type: string): Promise<Buffer> {
    const page = await browser.newPage()
    const data = await page.evaluate((wanted) => {
      const canvas = document.createElement('canvas')
      Object.assign(canvas, { width: 40, height: 24 })
      const context = canvas.getContext('2d')
      context?.fillRect(3, 3, 20, 10)
      return canvas.toDataURL(wanted)
    }, type)
    await page.close()
    assert.ok(data.startsWith(`data:${type};base64,`))
    return Buffer.from(data.slice(data.indexOf(',') + 1), 'base64')
  }

  /** The sides that a browser finds; `null` where it shows nothing. */
  async function seen(type: string, bytes: Uint8Array): Promise<readonly number[] | null> {
    const page = await browser.newPage()
    const sides = await page.evaluate(
      async (src) => {
        const image = new Image()
        image.src = src
        return image.decode().then(
          () => [image.naturalWidth, image.naturalHeight],
          () => null,
        )
      },
      `data:${type};base64,${Buffer.from(bytes).toString('base64')}`,
    )
    await page.close()
    return sides
  }

  it('is told by its bytes, and shows as before once it is put together anew', async () => {
    for (const type of ['image/png', 'image/jpeg', 'image/webp']) {
      const picture = checkedPicture(await drawn(type))
      assert.ok(picture !== null, type)
      assert.equal(picture.mediaType, type)
      assert.deepEqual([picture.width, picture.height], [40, 24])
      assert.deepEqual(await seen(type, picture.bytes), [40, 24], type)
    }
    const own = checkedPicture(pngOf())
    assert.deepEqual(await seen('image/png', own?.bytes ?? Buffer.alloc(0)), [2, 2])
  })

  it('loses what stands in it beside: texts, places, what follows its end', async () => {
    const secret = 'taken at 52.5200 N'
    const png = pngOf({
      extra: [
        ['tEXt', `Comment\0${secret}`],
        ['eXIf', secret],
      ],
    })
    const jpeg = await drawn('image/jpeg')
    const exif = Buffer.concat([Buffer.from([0xff, 0xe1, 0, secret.length + 2]), Buffer.from(secret)])
    const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, secret.length + 2]), Buffer.from(secret)])
    const webp = await drawn('image/webp')
    const chunk = Buffer.concat([Buffer.from('EXIF'), Buffer.from([secret.length, 0, 0, 0]), Buffer.from(secret)])
    const longer = Buffer.concat([webp, chunk])
    longer.writeUInt32LE(longer.length - 8, 4)
    const script = Buffer.from('<script>alert(1)</script>PK\x03\x04')
    for (const [type, bytes] of [
      ['image/png', png],
      ['image/jpeg', Buffer.concat([jpeg.subarray(0, 2), exif, comment, jpeg.subarray(2)])],
      ['image/webp', longer],
    ] as const) {
      const picture = checkedPicture(Buffer.concat([bytes, script]))
      assert.ok(picture !== null, type)
      const text = Buffer.from(picture.bytes).toString('latin1')
      assert.equal(text.includes(secret) || text.includes('script'), false, type)
      assert.deepEqual(await seen(type, picture.bytes), [picture.width, picture.height], type)
    }
  })

  it('is refused where it is none, is cut off, moves, or is too large', async () => {
    const [png, jpeg, webp] = await Promise.all([drawn('image/png'), drawn('image/jpeg'), drawn('image/webp')])
    for (const whole of [png, jpeg, webp]) {
      for (const end of [0, 1, 8, 12, 30, whole.length - 3]) {
        assert.equal(checkedPicture(whole.subarray(0, end)), null, `${whole.length} cut at ${end}`)
      }
    }
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for (const text of [svg, '<html>', 'GIF89a\x01\0\x01\0', '%PDF-1.7', 'BM', '\x89PNG\r\n\x1a\n', svg.repeat(40)]) {
      assert.equal(checkedPicture(Buffer.from(text, 'latin1')), null, text.slice(0, 8))
    }
    const [broken, end] = [Buffer.from(png), pngChunk('IEND', Buffer.alloc(0))]
    broken[40] = (broken[40] ?? 0) ^ 0xff
    assert.equal(checkedPicture(broken), null, 'a chunk whose sum is another')
    assert.equal(checkedPicture(Buffer.concat([png.subarray(0, 33), end])), null, 'no pixels')
    assert.equal(checkedPicture(Buffer.concat([png.subarray(0, 33), png.subarray(8)])), null, 'two headers')
    assert.equal(checkedPicture(pngOf({ width: 1025 })), null)
    assert.equal(checkedPicture(pngOf({ height: 1025 })), null)
    assert.equal(checkedPicture(pngOf({ width: 0 })), null)
    assert.equal(checkedPicture(pngOf({ extra: [['tEXt', 'x'.repeat(mostPictureBytes)]] })), null)
    // Each scan is drawn over the whole picture, in whatever few bytes it comes.
    const [head, tail] = [jpeg.subarray(0, jpeg.lastIndexOf(Buffer.from([0xff, 0xda]))), Buffer.from([0xff, 0xd9])]
    const scan = jpeg.subarray(head.length, -2)
    const scans = (count: number): Buffer => Buffer.concat([head, ...Array.from({ length: count }, () => scan), tail])
    assert.notEqual(checkedPicture(scans(20)), null)
    assert.equal(checkedPicture(scans(100)), null, 'a hundred scans')
    const moving = Buffer.alloc(18, 0)
    moving.write('VP8X', 0)
    moving.writeUInt32LE(10, 4)
    moving[8] = 0x02
    const animated = Buffer.concat([webp.subarray(0, 12), moving, webp.subarray(12)])
    animated.writeUInt32LE(animated.length - 8, 4)
    assert.equal(checkedPicture(animated), null, 'an animation')
  })
})
