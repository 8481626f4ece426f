import { html } from 'hono/html'
import { createActing } from '../accounts/acting.ts'
import { actingBanner } from '../admin/acting-banner.ts'
import { breakGlassBanner } from '../admin/security/break-glass-banner.ts'
import { sessionCookie } from '../authentication/session-cookie.ts'
import type { Auth } from '../core/auth.ts'
import type { Exchange } from '../http/exchange.ts'
import { allows } from '../screens/allows.ts'
import { type AreaBasics, type AreaOptions, createArea } from '../screens/area.ts'
import type { NavLink } from '../pages/console.ts'
import type { Signed } from '../screens/screen.ts'
import { createEndedForms } from '../screens/ended-forms.ts'
import { createKeptForms } from '../screens/kept-form.ts'
import { createMessages } from '../screens/message.ts'
import { createConsumed } from '../storage/consumed.ts'
import { endedFormsOf } from './ended-forms-of.ts'
import { isSecure } from './addresses.ts'
import { accountArea } from './account-area.ts'
import { adminArea } from './admin-area.ts'
import { breakGlassOf } from './break-glass.ts'
import { findHoldOf } from './held-session-of.ts'
import { screensInEmergency } from './in-emergency.ts'
import type { Instance } from './instance.ts'
import type { Metrics } from './metrics.ts'
import { portalArea } from './portal-area.ts'
import type { Route } from './route.ts'
import { siteOf } from './site.ts'

/** A part of the site: its place, its name, who may open it, and its screens. */
export type AreaPlan = Pick<AreaOptions, 'path' | 'name' | 'permission' | 'screens' | 'isActedIn'>

/** The consoles: everything under `/account/` and its neighbours, each a route of its own, and what they share. */
export interface Consoles {
  readonly routes: readonly Route[]
  readonly basics: AreaBasics
  /** The parts of the site that somebody may open, or a stranger (`null`). */
  readonly areas: (request: Exchange, signed: Signed | null) => Promise<readonly NavLink[]>
}

export function createConsoles(instance: Instance, auth: Auth, metrics: Metrics): Consoles {
  const { sessions, csrf } = instance
  // Keys and tokens open no console: a page is for the person who signed in to it.
  const door = auth.with({ authenticators: [sessionCookie({ sessions, csrf, cookie: sessions.cookieName })] })
  const plans = areaPlans(instance, { auth, door, metrics })
  const isApiShown = instance.settings.apiPages !== 'off'
  const areas: Consoles['areas'] = async (request, signed) => {
    const open = await Promise.all(plans.map(async ({ permission }) => allows(permission, request, signed)))
    const links = plans.filter((_, index) => open[index]).map(({ path, name }) => ({ href: path, text: name }))
    return isApiShown ? [...links, { href: '/api/', text: 'API' }] : links
  }
  const basics = basicsOf(instance, door, areas)
  return { routes: plans.map((plan) => createArea({ ...basics, ...plan })), basics, areas }
}

/** The parts of the site, in the order of the row of areas. */
export function areaPlans(
  instance: Instance,
  { auth, door, metrics }: { readonly auth: Auth; readonly door: Pick<Auth, 'headers'>; readonly metrics: Metrics },
): readonly AreaPlan[] {
  const plans = [
    { ...accountArea(instance), isActedIn: true },
    { ...portalArea(instance, { auth, door }), isActedIn: true },
    adminArea(instance, auth, metrics),
  ]
  return plans.map((plan) => ({ ...plan, screens: screensInEmergency(plan.path, plan.screens) }))
}

function basicsOf(instance: Instance, door: AreaBasics['door'], areas: AreaBasics['areas']): AreaBasics {
  const { settings, csrf, sealer, database, clock } = instance
  const acting = createActing({ database, clock })
  const breakGlass = breakGlassOf(instance)
  const secure = isSecure(settings)
  return {
    door,
    csrf,
    messages: createMessages({ key: sealer.derive('messages'), secure }),
    kept: createKeptForms({ sealer, secure, clock }),
    ended: createEndedForms({ csrf, kept: endedFormsOf(instance), key: sealer.derive('ended forms') }),
    consumed: createConsumed({ database, clock }),
    site: siteOf(settings),
    secure,
    clock,
    actingAs: async ({ auth: { id }, principal: user }) => acting.current({ sessionId: id, user }),
    held: findHoldOf(instance),
    timeZoneOf: async (userId) => (await instance.preferences.find(userId)).timeZone,
    banner: async (visit) => html`${actingBanner(visit)}${await breakGlassBanner(visit, breakGlass)}`,
    areas,
  }
}
