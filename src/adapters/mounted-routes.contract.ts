import type { RequestListener } from 'node:http'
import type { Auth } from '../core/auth.ts'
import type { Authenticator } from '../core/authenticator.ts'
import { RequestRefused, Unavailable } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import type { Permission } from '../core/permission.ts'
import type { Throttle } from '../core/throttle.ts'
import { allowAny } from '../permissions/allow-any.ts'
import { hasScope } from '../permissions/has-scope.ts'
import type { RouteEntry } from '../permissions/audit-routes.ts'
import { isOwner } from '../permissions/is-owner.ts'
import { isReadOnly } from '../permissions/is-read-only.ts'
import { isStaff } from '../permissions/is-staff.ts'
import type { Asking } from './asking.ts'
import type { DoorStage } from './door-stage.contract.ts'

/** A route as every adapter mounts it. */
export interface MountedRoute {
  readonly method: string
  /** With parameters as `:id`. Below `/inner/` it stands in a router of its own, which asks for `isStaff`. */
  readonly path: string
  readonly gate?: {
    readonly verb: 'protect' | 'open'
    // oxlint-disable-next-line typescript/no-explicit-any -- tables of routes hold any kind of permission
    readonly permission?: Permission<any, any>
    readonly overrides?: {
      readonly authenticators?: readonly Authenticator[]
      readonly throttles?: readonly Throttle[]
    }
  }
  /** Answers with what is sent as JSON. */
  readonly handle: (asked: Asked) => Promise<unknown>
}

/** What a handler has, whatever the framework. */
export interface Asked {
  readonly identity: Identity | null
  readonly param: (name: string) => string
  readonly requireFor: <Resource>(
    permission: Permission<Identity | null, Resource>,
    resource: Resource,
  ) => Promise<Identity>
  readonly allowFor: <Resource>(
    permission: Permission<Identity | null, Resource>,
    resource: Resource,
  ) => Promise<Identity | null>
}

/** An application with these routes, and what its adapter lists of them. */
export interface Mounted {
  readonly listener: (...given: Parameters<RequestListener>) => unknown
  readonly list: () => readonly RouteEntry[]
  readonly close?: () => Promise<void>
}

export type Mount = (auth: Auth, routes: readonly MountedRoute[]) => Promise<Mounted>

/** Makes the guard of a route, whatever it is with an adapter. */
export function guardFrom<Guard>(
  door: { readonly protect: (...given: never[]) => Guard; readonly open: (...given: never[]) => Guard },
  { verb, permission, overrides }: NonNullable<MountedRoute['gate']>,
): Guard {
  return door[verb](permission as never, overrides as never)
}

/** What a handler has, by way of a guard, or of the whole door where there is none. */
export function askedOf<Request>(
  asking: Asking<Request, Identity>,
  request: Request,
  given: { readonly identity: Identity | null; readonly param: (name: string) => string },
): Asked {
  return {
    ...given,
    requireFor: async (permission, resource) => asking.requireFor(request, permission, resource),
    allowFor: async (permission, resource) => asking.allowFor(request, permission, resource),
  }
}

interface Note {
  readonly ownerId: string | null
  readonly isPublic: boolean
}

const whenThere: Permission = async () => Promise.reject(new Unavailable())
const broken: Permission = async () => Promise.reject(new Error('a secret of the inside'))
const isPublic: Permission<Identity | null, Note> = async ({ resource }) => resource.isPublic

/** Notes by their number: 1 is of whoever asks, 2 of somebody else and public, 3 of nobody. */
function noteOf(number: string, identity: Identity | null): Note {
  if (number === '1') return { ownerId: identity?.principal.id ?? null, isPublic: false }
  return { ownerId: number === '2' ? 'somebody else' : null, isPublic: number === '2' }
}

const who = async ({ identity }: Asked): Promise<unknown> =>
  identity === null ? { stranger: true } : { via: identity.via, name: identity.principal.name }

export function routesOf({ doors, throttles }: DoorStage): MountedRoute[] {
  const protect = { verb: 'protect' } as const
  const everyMethod = ['GET', 'POST', 'OPTIONS'].map((method) => ({ method, path: '/me', gate: protect, handle: who }))
  return [
    ...everyMethod,
    ...['GET', 'POST'].map((method) => ({
      method,
      path: '/news',
      gate: { verb: 'open', permission: isReadOnly } as const,
      handle: who,
    })),
    { method: 'GET', path: '/staff', gate: { ...protect, permission: isStaff }, handle: who },
    { method: 'GET', path: '/writing', gate: { ...protect, permission: hasScope('notes:write') }, handle: who },
    {
      method: 'PUT',
      path: '/notes/:id',
      gate: protect,
      handle: async ({ identity, param, requireFor }) => {
        const { via } = await requireFor(isOwner('ownerId'), noteOf(param('id'), identity))
        return { via, edited: param('id') }
      },
    },
    {
      method: 'GET',
      path: '/notes/:id',
      gate: { verb: 'open', permission: allowAny },
      handle: async ({ identity, param, allowFor }) => {
        const reader = await allowFor(isPublic, noteOf(param('id'), identity))
        return { read: param('id'), by: reader?.principal.name ?? null }
      },
    },
    { method: 'GET', path: '/badge', gate: { ...protect, overrides: { authenticators: doors.badges } }, handle: who },
    {
      method: 'PUT',
      path: '/badge/:id',
      gate: { ...protect, overrides: { authenticators: doors.badges } },
      handle: async ({ identity, param, requireFor }) => {
        const { via } = await requireFor(isOwner('ownerId'), noteOf(param('id'), identity))
        return { via, edited: param('id') }
      },
    },
    { method: 'GET', path: '/keys', gate: { ...protect, overrides: { authenticators: doors.keysFirst } }, handle: who },
    {
      method: 'GET',
      path: '/jwts',
      gate: { ...protect, overrides: { authenticators: doors.tokensFirst } },
      handle: who,
    },
    {
      method: 'GET',
      path: '/sessions',
      gate: { ...protect, overrides: { authenticators: doors.sessionsOnly } },
      handle: who,
    },
    { method: 'GET', path: '/twice', gate: { ...protect, overrides: { throttles: [throttles.twice] } }, handle: who },
    {
      method: 'PUT',
      path: '/twice/:id',
      gate: { ...protect, overrides: { throttles: [throttles.twice] } },
      handle: async ({ identity, param, requireFor }) => requireFor(isOwner('ownerId'), noteOf(param('id'), identity)),
    },
    { method: 'GET', path: '/flood', gate: { ...protect, overrides: { throttles: [throttles.flood] } }, handle: who },
    { method: 'GET', path: '/guess', gate: { ...protect, overrides: { throttles: [throttles.guesses] } }, handle: who },
    {
      method: 'GET',
      path: '/gone',
      gate: { verb: 'open', permission: whenThere },
      handle: who,
    },
    {
      method: 'GET',
      path: '/fault',
      gate: protect,
      handle: async () => Promise.reject(new Error('a secret of the inside')),
    },
    {
      method: 'GET',
      path: '/broken',
      gate: { ...protect, permission: broken },
      handle: who,
    },
    { method: 'GET', path: '/free', handle: async () => ({ free: true }) },
    {
      method: 'PATCH',
      path: '/free',
      handle: async () =>
        Promise.reject(new RequestRefused('method_not_allowed', undefined, { headers: { allow: 'GET' } })),
    },
    { method: 'GET', path: '/inner/hall', handle: async () => ({ hall: true }) },
    { method: 'GET', path: '/inner/vault', gate: { ...protect, permission: hasScope('notes:write') }, handle: who },
  ]
}
