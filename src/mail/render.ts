import { html, raw } from 'hono/html'
import type { Message, Part } from './message.ts'

/** A message as it is sent: the same twice, as text and as simple HTML. */
export interface RenderedMessage {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Puts a message into words. Nothing in it is fetched from anywhere: no pictures, no marks that tell who has read it. */
export async function render({ subject, parts }: Message, siteName: string): Promise<RenderedMessage> {
  const text = [...parts.map(asText), `-- \n${siteName}`].join('\n\n')
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${subject}</title>
      </head>
      <body style="${styles.body}">
        <h1 style="${styles.heading}">${subject}</h1>
        ${parts.map(asHtml)}
        <p style="${styles.foot}">${siteName}</p>
      </body>
    </html> `
  return { subject: oneLine(`${siteName}: ${subject}`), text: `${text}\n`, html: String(await page) }
}

function asText(part: Part): string {
  if (typeof part === 'string') return part
  if ('link' in part) return `${part.text}:\n${part.link}`
  if ('code' in part) return `    ${part.code}`
  return part.facts.map(([name, value]) => `${name}: ${oneLine(value)}`).join('\n')
}

function asHtml(part: Part): ReturnType<typeof html> {
  if (typeof part === 'string') return html`<p style="${styles.paragraph}">${part}</p>`
  if ('code' in part) return html`<p style="${styles.code}">${part.code}</p>`
  if ('facts' in part) {
    return html`<p style="${styles.paragraph}">
      ${part.facts.map(([name, value], index) => html`${index === 0 ? '' : raw('<br />')}${name}: ${oneLine(value)}`)}
    </p>`
  }
  return html`<p style="${styles.paragraph}">
      <a href="${part.link}" style="${styles.button}">${part.text}</a>
    </p>
    <p style="${styles.small}">If the button does not work, open this address:<br />${part.link}</p>`
}

/** In the tags themselves, since that is all that mail programs agree on. */
const styles = {
  body: 'margin:0 auto;padding:24px;max-width:560px;font:16px/1.5 system-ui,sans-serif',
  heading: 'font-size:20px;line-height:1.3;margin:0 0 16px',
  paragraph: 'margin:0 0 16px',
  code: 'margin:0 0 16px;font:700 28px/1.3 ui-monospace,monospace;letter-spacing:2px',
  button:
    'display:inline-block;padding:10px 18px;border-radius:6px;background:#1d4ed8;color:#ffffff;text-decoration:none',
  small: 'margin:0 0 16px;font-size:13px;word-break:break-all',
  foot: 'margin:24px 0 0;font-size:13px',
} as const

/** A name that somebody chose is no place for lines of their own. What keeps it from being a link stays: see `nameInMail`. */
function oneLine(text: string): string {
  return text.replaceAll(/(?:(?!\u{2060})[\p{C}\p{Zl}\p{Zp}])+/gu, ' ')
}
