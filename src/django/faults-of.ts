import type { RequestRefused } from '../core/errors.ts'

/** What is wrong with values, in one line. */
export function faultsOf({ body = {}, message }: RequestRefused): string {
  const faults = Object.values(body)
    .flat()
    .filter((one) => typeof one === 'string')
  return faults.length === 0 ? message : faults.join(' ')
}
