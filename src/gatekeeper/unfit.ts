import { PermissionDenied } from '../core/errors.ts'

/** Why a request is not fit to be judged. It goes to the log alone. */
export class Unfit extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'Unfit'
  }
}

/** The refusal of a request that is not fit to be judged. Whoever sent it learns only that they may not. */
export function unfit(reason: string): PermissionDenied {
  return new PermissionDenied('permission_denied', undefined, { cause: new Unfit(reason) })
}
