import { html } from 'hono/html'
import { postForm } from './forms.ts'
import type { Markup } from './layout.ts'

export interface LogoFormOptions {
  readonly to: string
  readonly proof: Markup
  /** Its address on this site, `null` where there is none. */
  readonly path: string | null
  readonly wrong?: string | undefined
  /** The most bytes, and pixels of a side. */
  readonly most: { readonly bytes: number; readonly pixels: number }
  /** What comes of another one (nothing). */
  readonly note?: string
}

/** The picture of an application, with what gives it another one. */
export function logoForm({ to, proof, path, wrong, most, note }: LogoFormOptions): Markup {
  const notes = wrong === undefined ? 'logo_hint' : 'logo_error logo_hint'
  return html`<section class="section" aria-labelledby="logo-heading">
      <h2 id="logo-heading">The picture now</h2>
      ${
        path === null
          ? html`<p class="quiet" id="no-logo">There is none.</p>`
          : html`<img
                class="app-logo"
                id="logo-now"
                src="${path}"
                alt="The picture as people see it"
                width="64"
                height="64"
              />
              ${postForm({ to, proof, action: 'remove-logo', button: 'Remove it', kind: 'second', isInline: true })}`
      }
    </section>
    ${postForm({
      to,
      proof,
      action: 'put-logo',
      button: path === null ? 'Upload' : 'Replace it',
      isUpload: true,
      content: html`<div class="field">
        <label for="logo">A picture</label>
        ${wrong === undefined ? '' : html`<p class="wrong" id="logo_error">${wrong}</p>`}
        <input
          id="logo"
          name="logo"
          type="file"
          accept="image/png,image/jpeg,image/webp"
          required
          aria-describedby="${notes}"
          ${wrong === undefined ? '' : html` aria-invalid="true"`}
        />
        <p class="hint" id="logo_hint">
          PNG, JPEG or WebP, up to ${most.bytes / 1024} KiB and ${most.pixels} pixels a side; it is shown as a square of
          64. What tells where and when it was made is taken out.${note === undefined ? '' : ` ${note}`}
        </p>
      </div>`,
    })}`
}
