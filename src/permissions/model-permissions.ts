import { RequestRefused } from '../core/errors.ts'
import { permission, type Permission } from '../core/permission.ts'
import { holdsAll } from './has-permission.ts'

export interface ModelPermissionsOptions {
  /** Whether reading needs `<model>.view`, rather than any principal (false, as in Django REST framework). */
  readonly view?: boolean
  /** Whether strangers may read (false). */
  readonly anonymousReads?: boolean
  /** How permissions are called: `notes.add` for the model `notes`, or as in Django, `notes.add_note` for `notes.note` (short). */
  readonly names?: 'short' | 'django'
}

/**
 * A permission for each method, as Django's: POST needs `<model>.add`, PUT and PATCH `<model>.change`, DELETE
 * `<model>.delete`, or `<app>.add_<model>` and so on. A method that is none of these is a 405, not a 403.
 */
export function modelPermissions(model: string, options: ModelPermissionsOptions = {}): Permission {
  const { view = false, anonymousReads = false, names: naming = 'short' } = options
  if (typeof model !== 'string' || !/^[^\s.]+(\.[^\s.]+)*$/.test(model)) {
    throw new TypeError(`modelPermissions() needs the name of a model, such as notes, not ${JSON.stringify(model)}.`)
  }
  const [app = '', own, ...rest] = model.split('.')
  if (naming === 'django' && (own === undefined || rest.length > 0)) {
    throw new TypeError(
      `modelPermissions() with the names of Django needs app and model, such as notes.note, not ${model}.`,
    )
  }
  const to = (action: string): string => (naming === 'django' ? `${app}.${action}_${own}` : `${model}.${action}`)
  const reading = view ? [to('view')] : []
  const needed: Readonly<Record<string, readonly string[]>> = {
    GET: reading,
    HEAD: reading,
    OPTIONS: reading,
    POST: [to('add')],
    PUT: [to('change')],
    PATCH: [to('change')],
    DELETE: [to('delete')],
  }
  const allow = Object.keys(needed).join(', ')
  return permission({ name: `modelPermissions('${model}')` }, async ({ request: { method }, identity }) => {
    if (identity === null && !(anonymousReads && needed[method] === reading)) return false
    const names = Object.hasOwn(needed, method) ? needed[method] : undefined
    if (names === undefined) throw new RequestRefused('method_not_allowed', undefined, { headers: { allow } })
    return identity === null || holdsAll(identity, names)
  })
}
