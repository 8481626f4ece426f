import { createPageRefusal, type PageRefusal, type PageRefusalOptions } from '../accounts/page-refusal.ts'
import { Throttled } from '../core/errors.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import { tooManyPage } from '../pages/too-many.ts'

export interface FactorRefusalOptions extends PageRefusalOptions {
  /** Where the other ways are. */
  readonly another: string
}

/** Refusals of the pages that ask for a factor: after too many codes they lead to the other ways, which go on working. */
export function createFactorRefusal({ another, ...options }: FactorRefusalOptions): PageRefusal {
  const { site = {}, secure = true, clock = Date.now } = options
  const refusal = createPageRefusal({ ...options, keepsOpener: true })
  return async (request, error) => {
    if (!(error instanceof Throttled)) return refusal(request, error)
    const { wait, code, status, headers = {} } = error
    const { requestId = null } = request
    const time = clock()
    const body = await tooManyPage({ site, wait, code, again: another, guessed: 'code', requestId, time })
    return htmlAnswer(body, { status, headers: Object.entries(headers), secure, keepsOpener: true })
  }
}
