import { html } from 'hono/html'
import type { Markup } from './layout.ts'

/** Something to mend in a form: a sentence that says what to do, and the field it is about. */
export interface Problem {
  readonly message: string
  /** The id of the control; the summary links to it. */
  readonly field: string
}

export interface FieldOptions {
  /** Stable: scripts, password managers and tests go by it. */
  readonly id: string
  readonly name: string
  readonly label: string
  readonly type: 'text' | 'email' | 'password'
  /** The WCAG 1.3.5 name of what belongs in it, such as `current-password`. */
  readonly autocomplete: string
  /** What stands in it (nothing). Never for a password. */
  readonly value?: string
  readonly maxLength?: number
  /** Whether the cursor begins here (false). */
  readonly autofocus?: boolean
  /** Whether it may be left empty (false). */
  readonly isOptional?: boolean
  /** Whether it is a code that is copied by eye, and so is large and in capitals (false). */
  readonly isCode?: boolean
  /** What is wrong with it; `true` marks it where the summary at the top has said all (nothing). */
  readonly wrong?: string | true | undefined
  /** Which keyboard a phone shows (that of its type). */
  readonly inputMode?: 'numeric'
  /** A sentence on how to fill it in (none). */
  readonly hint?: string
  /** What stands below the control, such as a check box that belongs to it. */
  readonly below?: Markup | ''
}

/** A control that has to be filled in, with its label and what is wrong with it. */
export function field(options: FieldOptions): Markup {
  const {
    id,
    name,
    label,
    type,
    autocomplete,
    value = '',
    maxLength = 4096,
    autofocus = false,
    isCode = false,
    isOptional = false,
    wrong,
    inputMode,
    hint,
    below = '',
  } = options
  const ownText = typeof wrong === 'string'
  const described = [
    ...(wrong === undefined ? [] : [ownText ? `${id}_error` : 'problems']),
    ...(hint === undefined ? [] : [`${id}_hint`]),
  ].join(' ')
  return html`<div class="field">
    <label for="${id}">${label}</label>
    ${ownText ? html`<p class="wrong" id="${id}_error">${wrong}</p>` : ''}
    <input
      id="${id}"
      name="${name}"
      type="${type}"
      autocomplete="${autocomplete}"
      maxlength="${maxLength}"
      ${
        type === 'password' ? '' : html` value="${value}"`
      }${type === 'text' ? html` autocapitalize="${isCode ? 'characters' : 'none'}" spellcheck="false"` : ''}${
        isCode ? html` class="code"` : ''
      }${inputMode === undefined ? '' : html` inputmode="${inputMode}"`}
      ${isOptional ? '' : html`required`}${autofocus ? html` autofocus` : ''}${
        wrong === undefined ? '' : html` aria-invalid="true"`
      }${described === '' ? '' : html` aria-describedby="${described}"`}
    />
    ${hint === undefined ? '' : html`<p class="hint" id="${id}_hint">${hint}</p>`} ${below}
  </div>`
}

/** What is wrong, at the top of the page, each with a link to its field. Nothing where nothing is. */
export function problemSummary(problems: readonly Problem[]): Markup | '' {
  if (problems.length === 0) return ''
  return html`<div class="problems" role="alert" id="problems">
    <h2>There is a problem</h2>
    <ul>
      ${problems.map(({ message, field: id }) => html`<li><a href="#${id}">${message}</a></li>`)}
    </ul>
  </div>`
}

/** A field that is sent along and not seen. */
export function hiddenField(name: string, value: string): Markup {
  return html`<input type="hidden" name="${name}" value="${value}" />`
}

/** A check box that shows what is typed into a password field. It is there only where scripts run. */
export function showPassword(fieldId: string): Markup {
  return html`<div hidden>
    <label class="check" for="${fieldId}_show"
      ><input id="${fieldId}_show" type="checkbox" data-shows="${fieldId}" autocomplete="off" />Show the password</label
    >
  </div>`
}

/** A moment, as people read it, with the exact value for programs. UTC, since the reader's zone is not known. */
export function moment(time: number): Markup {
  const exact = new Date(time).toISOString()
  return html`<time datetime="${exact}">${exact.slice(0, 10)} ${exact.slice(11, 19)} UTC</time>`
}

/** A number of seconds in words: `90 seconds`, `15 minutes`, `2 hours`, `7 days`. Rounded up, so that it is long enough. */
export function duration(seconds: number): string {
  const [count, unit] =
    seconds <= 120
      ? [seconds, 'second']
      : seconds <= 7200
        ? [seconds / 60, 'minute']
        : seconds <= 172_800
          ? [seconds / 3600, 'hour']
          : [seconds / 86_400, 'day']
  const whole = Math.max(1, Math.ceil(count))
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`
}
