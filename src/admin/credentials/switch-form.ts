import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import type { Visit } from '../../screens/screen.ts'

export interface SwitchFormOptions {
  readonly isOn: boolean
  /** What the button says that switches it off (`disable`), and the one that switches it on (`enable`). */
  readonly off: string
  readonly on: string
}

/** The one button that switches something off or on, on its own page. */
export function switchForm({ path, form }: Visit, { isOn, off, on }: SwitchFormOptions): Markup {
  const common = { to: path, proof: form, isInline: true } as const
  return isOn
    ? postForm({ ...common, action: 'disable', button: off, kind: 'second' })
    : postForm({ ...common, action: 'enable', button: on })
}
