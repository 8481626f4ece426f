import { icon } from './icon.ts'
import { passkeyScript, webAuthnScript } from './passkey-script.ts'
import { script } from './script.ts'
import { styleSheet } from './style.ts'

export interface StaticFile {
  readonly contentType: string
  readonly body: string
}

/** What pages load, by path. Each path changes with its content: to be sent with `cache-control: public, max-age=31536000, immutable`. */
export const staticFiles: ReadonlyMap<string, StaticFile> = new Map([
  [styleSheet.href, { contentType: 'text/css; charset=utf-8', body: styleSheet.css }],
  [script.href, { contentType: 'text/javascript; charset=utf-8', body: script.js }],
  [passkeyScript.href, { contentType: 'text/javascript; charset=utf-8', body: passkeyScript.js }],
  [webAuthnScript.href, { contentType: 'text/javascript; charset=utf-8', body: webAuthnScript.js }],
  [icon.href, { contentType: 'image/svg+xml; charset=utf-8', body: icon.svg }],
])
