import { RequestRefused } from '../core/errors.ts'
import { randomBase62 } from '../crypto/random.ts'
import type { BodyFields } from '../http/parse-body.ts'
import { hiddenField } from '../pages/components.ts'
import type { Markup } from '../pages/layout.ts'
import type { Consumed } from '../storage/consumed.ts'
import { textIn } from './field-text.ts'
import type { Signed } from './screen.ts'

/** Forms that may be sent once, for what makes something new. */
export interface OnceForms {
  /** The unseen field of such a form. */
  readonly field: () => Markup
  /** Throws `RequestRefused`: `conflict` for a form that was sent before, `invalid_request` for one without the field. */
  readonly spend: (signed: Signed, fields: BodyFields) => Promise<void>
}

export function createOnceForms({ consumed }: { readonly consumed: Pick<Consumed, 'spend'> }): OnceForms {
  return {
    field: () => hiddenField(onceField, randomBase62(22)),
    spend: async ({ auth }, fields) => {
      const value = textIn(fields, onceField)
      if (!/^[0-9A-Za-z]{22}$/.test(value)) throw new RequestRefused('invalid_request', 'The form is not complete.')
      const { signInId, expiresAt } = auth
      const isFirst = await consumed.spend({ purpose: 'form', value: [signInId, value], expiresAt })
      if (isFirst) return
      throw new RequestRefused(
        'conflict',
        'This form was sent before, and what it asked for was done then. A secret that was shown cannot be shown again.',
      )
    },
  }
}

const onceField = 'once'
