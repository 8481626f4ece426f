import { textOf } from '../accounts/browser-session.ts'
import type { SessionAuth } from '../accounts/sessions.ts'
import type { Found } from '../core/authenticator.ts'
import { RequestRefused } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { Csrf } from '../http/csrf.ts'
import type { Exchange } from '../http/exchange.ts'
import type { BodyFields } from '../http/parse-body.ts'
import { deviceConfirmPage } from '../pages/device-confirm.ts'
import type { Site } from '../pages/layout.ts'
import { formatId, parseId } from '../storage/id.ts'
import { actorOf } from '../tokens/owner.ts'
import { acrOf } from './acr.ts'
import type { ConsentForms } from './consent-forms.ts'
import type { DeviceCodes, WaitingDevice } from './device-codes.ts'
import type { Grants } from './grants.ts'
import type { ScopeCatalogue } from './scopes.ts'
import { consentField, decisionField } from './sent-request.ts'

export interface DeviceDecisionsOptions {
  readonly deviceCodes: DeviceCodes
  readonly grants: Pick<Grants, 'make'>
  readonly consentForms: ConsentForms
  readonly csrf: Csrf
  /** Sentences for people. */
  readonly scopes: ScopeCatalogue
  readonly site?: Site
  /** Where the form goes. */
  readonly path: string
}

/** What a person is asked about a device, and what comes of the answer. */
export interface DeviceDecisions {
  readonly find: DeviceCodes['findByUserCode']
  /** The page that asks. Its form is good in this session alone: whoever did not enter the code cannot decide. */
  readonly page: (
    device: WaitingDevice,
    asked: Found<User, SessionAuth> & { readonly userCode: string; readonly otherUser: string },
  ) => Promise<string>
  /** Throws `RequestRefused` (`not_found`) for a form that was not shown to this session, and for a device that waits no more. */
  readonly decide: (
    exchange: Exchange,
    signedIn: Found<User, SessionAuth>,
    fields: BodyFields,
    decision: 'allow' | 'deny',
  ) => Promise<void>
}

export function createDeviceDecisions(options: DeviceDecisionsOptions): DeviceDecisions {
  const { deviceCodes, grants, consentForms, csrf, scopes: catalogue, site = {}, path } = options

  /**
   * The grant outlives the browser's sign-in: the device is somewhere else. For now it lives as long as the code, so that nothing
   * is left of it where the device never comes for its tokens.
   */
  function grantFor({ principal, auth }: Found<User, SessionAuth>, device: WaitingDevice): ReturnType<Grants['make']> {
    const acr = acrOf(auth.amr)
    return grants.make({
      clientKey: device.clientKey,
      userId: parseId(principal.id) ?? 0n,
      signInId: null,
      scopes: device.scopes,
      resources: device.resources,
      isOffline: device.scopes.includes('offline_access'),
      expiresAt: device.expiresAt,
      detail: {
        authTime: Math.floor(auth.authenticatedAt / 1000),
        amr: auth.amr,
        ...(acr === undefined ? {} : { acr }),
        by: 'device_code',
      },
    })
  }

  return {
    find: deviceCodes.findByUserCode,

    page: async (device, { principal, auth, userCode, otherUser }) => {
      const id = formatId(device.id)
      return deviceConfirmPage({
        site,
        action: path,
        decision: decisionField,
        fields: [
          [csrf.fieldName, csrf.tokenFor(auth.id)],
          [deviceField, id],
          [consentField, consentForms.tokenFor(auth.id, subjectOf(id))],
        ],
        application: device.clientName,
        isReviewed: device.isReviewed,
        user: principal.name,
        otherUser,
        userCode,
        scopes: device.scopes.map((scope) => catalogue[scope] ?? scope),
        resources: device.resources.map((uri) => new URL(uri).host || uri),
        address: device.address,
        time: device.createdAt,
      })
    },

    decide: async (exchange, signedIn, fields, decision) => {
      const { principal, auth } = signedIn
      const named = textOf(fields, deviceField) ?? ''
      const isShown = consentForms.isGood(textOf(fields, consentField) ?? '', auth.id, subjectOf(named))
      const id = isShown ? parseId(named) : null
      const device = id === null ? null : await deviceCodes.find(id)
      if (device === null) throw gone()
      const by = { actor: actorOf(principal), address: exchange.address, requestId: exchange.requestId ?? null }
      const isDecided =
        decision === 'allow'
          ? await deviceCodes.approve(device, grantFor(signedIn, device), by)
          : await deviceCodes.deny(device, by)
      if (!isDecided) throw gone()
    },
  }
}

/** Names the device in the form. */
export const deviceField = 'device'

function subjectOf(device: string): string {
  return `device ${device}`
}

function gone(): RequestRefused {
  return new RequestRefused('not_found', 'No device is waiting for this answer. Start anew on the device.')
}
