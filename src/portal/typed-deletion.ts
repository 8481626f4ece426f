import type { NavLink } from '../pages/console.ts'
import { confirmation } from '../pages/forms.ts'
import { leave, type Screen, type View, type Visit } from '../screens/screen.ts'

export interface TypedDeletionOptions<Thing extends { readonly name: string }> {
  readonly path: string
  /** Throws `not_found` for what is not theirs. */
  readonly find: (visit: Visit) => Promise<Thing>
  readonly about: (thing: Thing) => Promise<AboutDeletion>
  readonly remove: (thing: Thing, visit: Visit) => Promise<unknown>
  /** Where one is led, and what is said there. */
  readonly done: readonly [to: string, message: string]
}

/** What the page says before something is deleted. */
export interface AboutDeletion {
  readonly title: string
  readonly crumbs: readonly NavLink[]
  readonly what: string
  /** What stops working, counted. */
  readonly stops: readonly string[]
  /** The page of the thing itself. */
  readonly page: string
}

/** Asks before something is deleted for good: its name has to be typed. */
export function typedDeletion<Thing extends { readonly name: string }>(options: TypedDeletionOptions<Thing>): Screen {
  const { path, find, about, remove, done } = options

  async function show(visit: Visit, thing: Thing, wrong?: string): Promise<View> {
    const { title, crumbs, what, stops, page } = await about(thing)
    return {
      title,
      crumbs: [...crumbs, { href: page, text: thing.name }],
      problems: wrong === undefined ? [] : [{ field: 'typed', message: wrong }],
      content: confirmation({
        to: visit.path,
        proof: visit.form,
        action: 'delete',
        button: 'Delete',
        what,
        stops,
        typed: { text: thing.name, wrong },
        cancel: page,
      }),
    }
  }

  return {
    path,
    isSensitive: true,
    show: async (visit) => show(visit, await find(visit)),
    actions: {
      delete: {
        run: async (visit) => {
          const thing = await find(visit)
          if (visit.text('typed') !== thing.name) return show(visit, thing, 'Type the name as it stands there.')
          await remove(thing, visit)
          return leave(...done)
        },
      },
    },
  }
}
