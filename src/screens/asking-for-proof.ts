import type { Action, Screen } from './screen.ts'

/**
 * The same screens, where every action asks for a fresh proof of who does it: a browser that was left open must not be
 * able to give rights, open ways in or end what cannot be brought back. Those that are named, as path and action, do not ask.
 */
export function askingForProof(screens: readonly Screen[], unasked: ReadonlySet<string>): readonly Screen[] {
  return screens.map((screen) => {
    if (screen.actions === undefined) return screen
    const actions = Object.entries(screen.actions).map(([name, action]): readonly [string, Action] => [
      name,
      unasked.has(`${screen.path} ${name}`) ? action : { ...action, isSensitive: true },
    ])
    return { ...screen, actions: Object.fromEntries(actions) }
  })
}
