import type { Identity, User } from '../core/identity.ts'
import type { Permission } from '../core/permission.ts'
import type { ActingAs } from '../accounts/acting.ts'
import type { SessionAuth } from '../accounts/sessions.ts'
import type { Answer, Exchange, Upload } from '../http/exchange.ts'
import type { BodyFields } from '../http/parse-body.ts'
import type { Problem } from '../pages/components.ts'
import type { NavLink } from '../pages/console.ts'
import type { Markup } from '../pages/layout.ts'
import type { By } from '../tokens/owner.ts'

/** Who is signed in to a console: a person, by a browser session and nothing else. */
export type Signed = Identity<'session', User, SessionAuth>

/** One page of a console, and what can be done on it. */
export interface Screen {
  /** Below the area, with a trailing slash: `users/:id/`. The name after a colon is any one segment, handed on decoded. */
  readonly path: string
  /** Its link in the menu of the area, below the heading of its group (none). Only for paths without names. */
  readonly menu?: { readonly text: string; readonly group?: string }
  /** What a person needs beyond what the area asks (nothing). Others read a page that says so. */
  readonly permission?: Permission | undefined
  /** Whether they must have proved who they are a short while ago (false). */
  readonly isSensitive?: boolean
  /** What its forms may bring where files are sent with them (as all forms, and no files). */
  readonly upload?: Upload
  readonly show: (visit: Visit) => Promise<View | Answer>
  /** By the value of the field `action` (none). */
  readonly actions?: Readonly<Record<string, Action>>
}

/** Something that is done by a POST, after its form was found to be ours. */
export interface Action {
  /** As for a screen; the screen's own hold as well. */
  readonly permission?: Permission | undefined
  readonly isSensitive?: boolean
  /**
   * Whether its form may be sent once only (false): for what makes something new. The page of the form has `visit.onceForm`
   * in place of `visit.form`, and one that is sent again is answered with a page that says so.
   */
  readonly isOnce?: boolean
  /**
   * Whether a superuser who acts as somebody may do it for them (false): for what only ends something. What makes something
   * new, shows a secret or changes who may get in is for the person alone.
   */
  readonly isForActing?: boolean
  readonly run: (visit: Posted) => Promise<Outcome>
}

/** A request to a screen. */
export interface Visit {
  readonly request: Exchange
  readonly signed: Signed
  readonly user: User
  /** What stands for the names of the path. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The path that was asked for, with a trailing slash and without its query. */
  readonly path: string
  /** The unseen fields of a form, and those of one that may be sent once. */
  readonly form: Markup
  readonly onceForm: Markup
  /** For the audit log. */
  readonly by: By
  /** As whom a superuser acts here, `null` where everybody is themselves. `user` is then the other one. */
  readonly acting: ActingAs | null
}

export interface Posted extends Visit {
  readonly fields: BodyFields
  /** A field as text, trimmed; empty where it is absent. */
  readonly text: (name: string) => string
}

/** What a screen shows. */
export interface View {
  /** The one heading of the page, and the first part of its title. */
  readonly title: string
  readonly content: Markup
  /** 200, or 400 where there are problems. */
  readonly status?: number
  /** What is to be mended (nothing). */
  readonly problems?: readonly Problem[]
  /** The pages above this one, outermost first (none). */
  readonly crumbs?: readonly NavLink[]
  /** Sides of the same thing, as links (none). */
  readonly tabs?: readonly NavLink[]
  /** Headers beside those of every page (none). */
  readonly headers?: Answer['headers']
}

/** What an action leads to: another page with a message, the page again with problems, or an answer of its own. */
export type Outcome = Leave | View | Answer

export interface Leave {
  /** A path of this site. */
  readonly to: string
  /** What was done, in a sentence, for the top of the next page (nothing). */
  readonly message?: string
  /** Cookies that change with it (none). */
  readonly headers?: Answer['headers']
}

/** Leads to another page, which says what was done. */
export function leave(to: string, message?: string): Leave {
  return { to, ...(message === undefined ? {} : { message }) }
}
