import { html } from 'hono/html'
import type { Markup } from './layout.ts'

/** What every control of a form has. */
export interface ControlOptions {
  /** Stable: scripts, password managers and tests go by it. */
  readonly id: string
  readonly name: string
  readonly label: string
  /** A sentence on how to fill it in (none). */
  readonly hint?: string | Markup | undefined
  /** What is wrong with it, in a sentence that says what to do (nothing). */
  readonly wrong?: string | undefined
}

export interface TextControlOptions extends ControlOptions {
  /** What stands in it (nothing). */
  readonly value?: string | null
  /** What is typed (text). */
  readonly type?: 'text' | 'email' | 'url' | 'number' | 'date' | 'datetime-local' | 'search' | 'password' | undefined
  /** Whether it has to be filled in (false). Controls that need not be say so. */
  readonly required?: boolean
  /** The WCAG 1.3.5 name of what belongs in it (off). */
  readonly autocomplete?: string
  readonly maxLength?: number
  /** For numbers (none). */
  readonly min?: number
  readonly max?: number
  /** What numbers, and seconds of moments, are multiples of (that of browsers: 1, and 60 for moments). */
  readonly step?: number | undefined
  /** Whether it is many lines (false). */
  readonly isLong?: boolean
}

/** A control for a text, a number or a day. */
export function textControl(options: TextControlOptions): Markup {
  const { id, name, type = 'text', value, required = false, autocomplete = 'off', maxLength, min, max, step } = options
  const limits = html`${maxLength === undefined ? '' : html` maxlength="${maxLength}"`}${
    min === undefined ? '' : html` min="${min}"`
  }${max === undefined ? '' : html` max="${max}"`}${step === undefined ? '' : html` step="${step}"`}${required ? html` required` : ''}${described(options)}`
  const isText = type === 'text' || type === 'search' || type === 'url'
  const control = options.isLong
    ? html`<textarea id="${id}" name="${name}" rows="4" autocomplete="${autocomplete}" spellcheck="false" ${limits}>
${value ?? ''}</textarea>`
    : html`<input
        id="${id}"
        name="${name}"
        type="${type}"
        autocomplete="${autocomplete}"
        ${
          type === 'password' ? '' : html` value="${value ?? ''}"`
        }${isText ? html` autocapitalize="none" spellcheck="false"` : ''}${limits}
      />`
  return labelled(options, control, required)
}

export interface Choice {
  readonly value: string
  readonly text: string
  /** A sentence on what it means (none). */
  readonly hint?: string
}

export interface SelectOptions extends ControlOptions {
  readonly choices: readonly Choice[]
  readonly value?: string | null
}

/** A list to choose one from. */
export function select(options: SelectOptions): Markup {
  const { id, name, choices, value } = options
  const control = html`<select id="${id}" name="${name}" ${described(options)}>
    ${choices.map((one) => html`<option value="${one.value}" ${one.value === value ? html` selected` : ''}>${one.text}</option>`)}
  </select>`
  return labelled(options, control, true)
}

export interface CheckOptions extends Omit<ControlOptions, 'wrong'> {
  readonly isChecked?: boolean
  /** What is sent where it is checked (on). */
  readonly value?: string
}

/** A box to check. */
export function check({ id, name, label, hint, isChecked = false, value = 'on' }: CheckOptions): Markup {
  return html`<div class="field check-field">
    <label class="check" for="${id}"
      ><input
        id="${id}"
        name="${name}"
        type="checkbox"
        value="${value}"
        autocomplete="off"
        ${isChecked ? html` checked` : ''}${hint === undefined ? '' : html` aria-describedby="${id}_hint"`}
      />${label}</label
    >
    ${hint === undefined ? '' : html`<p class="hint" id="${id}_hint">${hint}</p>`}
  </div>`
}

export interface ChoicesOptions extends ControlOptions {
  readonly choices: readonly Choice[]
  /** Those that are chosen. */
  readonly values: readonly string[]
  /** One of them, or any number (any number). Each box of several is a field of its own, `name_value`: see `chosenIn`. */
  readonly isOne?: boolean
}

/** Radio buttons, or boxes, in one group with a legend. */
export function choices({ id, name, label, hint, wrong, choices: all, values, isOne = false }: ChoicesOptions): Markup {
  const notes = [...(wrong === undefined ? [] : [`${id}_error`]), ...(hint === undefined ? [] : [`${id}_hint`])].join(
    ' ',
  )
  return html`<fieldset class="field" id="${id}" ${notes === '' ? '' : html` aria-describedby="${notes}"`}>
    <legend>${label}</legend>
    ${wrong === undefined ? '' : html`<p class="wrong" id="${id}_error">${wrong}</p>`}
    ${hint === undefined ? '' : html`<p class="hint" id="${id}_hint">${hint}</p>`}
    ${all.map(({ value, text, hint: more }, index) => {
      const own = `${id}_${index}`
      return html`<div class="choice-row">
        <label class="check" for="${own}"
          ><input
            id="${own}"
            name="${isOne ? name : `${name}_${value}`}"
            type="${isOne ? 'radio' : 'checkbox'}"
            value="${isOne ? value : 'on'}"
            autocomplete="off"
            ${
              values.includes(value) ? html` checked` : ''
            }${more === undefined ? '' : html` aria-describedby="${own}_hint"`}
          />${text}</label
        >
        ${more === undefined ? '' : html`<p class="hint" id="${own}_hint">${more}</p>`}
      </div>`
    })}
  </fieldset>`
}

/** Controls that few need, folded away; open where one of them is filled in or is to be mended. */
export function folded(summary: string, content: Markup, isOpen: boolean): Markup {
  return html`<details class="folded" ${isOpen ? html` open` : ''}>
    <summary>${summary}</summary>
    ${content}
  </details>`
}

/** Which boxes of a group were checked: fields may not come twice, so that each has a name of its own. */
export function chosenIn(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  all: readonly string[],
): readonly string[] {
  return all.filter((value) => Object.hasOwn(fields, `${name}_${value}`))
}

function labelled({ id, label, hint, wrong }: ControlOptions, control: Markup, required: boolean): Markup {
  return html`<div class="field">
    <label for="${id}">${label}${required ? '' : html` <span class="optional">(optional)</span>`}</label>
    ${wrong === undefined ? '' : html`<p class="wrong" id="${id}_error">${wrong}</p>`} ${control}
    ${hint === undefined ? '' : html`<p class="hint" id="${id}_hint">${hint}</p>`}
  </div>`
}

function described({ id, hint, wrong }: ControlOptions): Markup | '' {
  const notes = [...(wrong === undefined ? [] : [`${id}_error`]), ...(hint === undefined ? [] : [`${id}_hint`])]
  return html`${wrong === undefined ? '' : html` aria-invalid="true"`}${
    notes.length === 0 ? '' : html` aria-describedby="${notes.join(' ')}"`
  }`
}
