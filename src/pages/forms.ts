import { html } from 'hono/html'
import { hiddenField } from './components.ts'
import type { Markup } from './layout.ts'

export interface PostFormOptions {
  /** Where it goes. */
  readonly to: string
  /** The unseen fields that prove whose form it is: `visit.form`. */
  readonly proof: Markup
  /** Which action of the screen, and the id of its button. */
  readonly action: string
  /** What the button says. */
  readonly button: string
  /** How it looks (first). */
  readonly kind?: 'first' | 'second' | 'danger'
  /** Its controls (none). */
  readonly content?: Markup | ''
  /** Unseen fields beside (none). */
  readonly fields?: Readonly<Record<string, string>>
  /** Where to go without doing it (nowhere). */
  readonly cancel?: string
  /** Whether it stands within a line or a row of a table (false). */
  readonly isInline?: boolean
  /** Whether files go with it, or a text that is long (false). */
  readonly isUpload?: boolean
}

/** A form that changes something: a POST, with what proves that it is ours. */
export function postForm(options: PostFormOptions): Markup {
  const {
    to,
    proof,
    action,
    button,
    kind = 'first',
    content = '',
    fields = {},
    cancel,
    isInline = false,
    isUpload = false,
  } = options
  const id = [action, ...Object.values(fields)].join('-').replaceAll(/[^\w-]/g, '-')
  return html`<form
    method="post"
    action="${to}"
    id="${id}-form"
    class="${isInline ? 'inline' : 'stack'}"
    ${isUpload ? html` enctype="multipart/form-data"` : ''}
  >
    ${proof} ${hiddenField('action', action)} ${Object.entries(fields).map(([name, value]) => hiddenField(name, value))}
    ${content}
    <div class="buttons">
      <button class="button${isInline ? ' small' : ''}${kind === 'first' ? '' : ` ${kind}`}" type="submit" id="${id}">
        ${button}
      </button>
      ${cancel === undefined ? '' : html`<a href="${cancel}" id="cancel">Cancel</a>`}
    </div>
  </form>`
}

export interface ConfirmOptions extends Omit<PostFormOptions, 'content' | 'kind' | 'isInline'> {
  /** What will happen, in a sentence. */
  readonly what: string
  /** What will stop working, counted: `3 keys`, `2 sessions`. */
  readonly stops: readonly (string | Markup)[]
  /** What else should be read before, below what stops (nothing). */
  readonly more?: Markup | ''
  /** What has to be typed before it is done: for what cannot be undone and reaches far (nothing). */
  readonly typed?: { readonly text: string; readonly wrong?: string | undefined }
  readonly cancel: string
}

/** The page before something is destroyed: what it means, and the one button that does it. */
export function confirmation({ what, stops, more = '', typed, ...form }: ConfirmOptions): Markup {
  const content =
    typed === undefined
      ? ''
      : html`<div class="field">
          <label for="typed">Type <strong class="typed">${typed.text}</strong> to confirm</label>
          ${typed.wrong === undefined ? '' : html`<p class="wrong" id="typed_error">${typed.wrong}</p>`}
          <input
            id="typed"
            name="typed"
            type="text"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            required${typed.wrong === undefined ? '' : html` aria-invalid="true" aria-describedby="typed_error"`}
          />
        </div>`
  return html`<section class="asked">
    <p>${what}</p>
    ${
      stops.length === 0
        ? ''
        : html`<p>This stops working at once:</p>
            <ul class="points" id="stops">
              ${stops.map((one) => html`<li>${one}</li>`)}
            </ul>`
    }
    ${more} ${postForm({ ...form, kind: 'danger', content })}
  </section>`
}
