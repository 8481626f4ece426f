import { RequestRefused } from '../core/errors.ts'
import { permission, type Permission } from '../core/permission.ts'
import { holdsAll } from './has-permission.ts'

export interface ModelPermissionsOptions {
  /** Whether reading needs `<model>.view`, rather than any principal (false, as in Django REST framework). */
  readonly view?: boolean
  /** Whether strangers may read (false). */
  readonly anonymousReads?: boolean
}

/**
 * A permission for each method, as Django's: POST needs `<model>.add`, PUT and PATCH `<model>.change`, DELETE
 * `<model>.delete`. A method that is none of these is a 405, not a 403.
 */
export function modelPermissions(model: string, options: ModelPermissionsOptions = {}): Permission {
  const { view = false, anonymousReads = false } = options
  if (typeof model !== 'string' || !/^[^\s.]+(\.[^\s.]+)*$/.test(model)) {
    throw new TypeError(`modelPermissions() needs the name of a model, such as notes, not ${JSON.stringify(model)}.`)
  }
  const reading = view ? [`${model}.view`] : []
  const needed: Readonly<Record<string, readonly string[]>> = {
    GET: reading,
    HEAD: reading,
    OPTIONS: reading,
    POST: [`${model}.add`],
    PUT: [`${model}.change`],
    PATCH: [`${model}.change`],
    DELETE: [`${model}.delete`],
  }
  const allow = Object.keys(needed).join(', ')
  return permission({ name: `modelPermissions('${model}')` }, async ({ request: { method }, identity }) => {
    if (identity === null && !(anonymousReads && needed[method] === reading)) return false
    const names = Object.hasOwn(needed, method) ? needed[method] : undefined
    if (names === undefined) throw new RequestRefused('method_not_allowed', undefined, { headers: { allow } })
    return identity === null || holdsAll(identity, names)
  })
}
