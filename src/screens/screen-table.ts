import { RequestRefused } from '../core/errors.ts'
import { pathPattern } from './path-pattern.ts'
import type { Screen } from './screen.ts'

/** Finds the screen at a path. Throws `RequestRefused` (`not_found`) where there is none. */
export type FindScreen = (path: string) => {
  readonly screen: Screen
  readonly params: Readonly<Record<string, string>>
}

/** The screens below a path. Throws `TypeError` where two of them have one path. */
export function createScreenTable(path: string, screens: readonly Screen[]): FindScreen {
  refuseDoubled(screens)
  const table = screens
    .toSorted((a, b) => namesIn(a.path) - namesIn(b.path))
    .map((screen) => ({ screen, match: pathPattern(`${path}${screen.path}`) }))

  return (asked) => {
    for (const { screen, match } of table) {
      const params = match(asked)
      if (params !== null) return { screen, params }
    }
    throw new RequestRefused('not_found')
  }
}

function refuseDoubled(screens: readonly Screen[]): void {
  const paths = screens.map(({ path }) => path)
  const doubled = paths.find((path, index) => paths.indexOf(path) !== index)
  if (doubled !== undefined) throw new TypeError(`Two screens have the path ${doubled}.`)
}

/** A fixed segment goes before one that takes any: `users/new/` is no user. */
function namesIn(path: string): number {
  return path.split(':').length - 1
}
