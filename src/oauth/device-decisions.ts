import { textOf } from '../accounts/browser-session.ts'
import type { SessionAuth } from '../accounts/sessions.ts'
import type { Found } from '../core/authenticator.ts'
import { PermissionDenied, RequestRefused } from '../core/errors.ts'
import type { Membership, User } from '../core/identity.ts'
import type { Csrf } from '../http/csrf.ts'
import type { Exchange } from '../http/exchange.ts'
import type { BodyFields } from '../http/parse-body.ts'
import { deviceConfirmPage, deviceForm } from '../pages/device-confirm.ts'
import type { Site } from '../pages/layout.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import { actorOf } from '../tokens/owner.ts'
import { acrOf } from './acr.ts'
import { type MayUseClient, notAmongTesters } from './app-testers.ts'
import { type AskedScopesOptions, askedScopes } from './asked-scopes.ts'
import type { ConsentForms } from './consent-forms.ts'
import type { DeviceCodes, WaitingDevice } from './device-codes.ts'
import type { Grants } from './grants.ts'
import type { FindShownLogo } from './logos/client-logos.ts'
import type { OrganisationChoices } from './organisation-choices.ts'
import { namedOrganisation } from './organisation-needs.ts'
import { nobody, type Publishers } from './publishers.ts'
import { isScopeAllowed } from './scope-choice.ts'
import { choiceField, consentField, decisionField, scopeField } from './sent-request.ts'

export interface DeviceDecisionsOptions extends AskedScopesOptions {
  readonly deviceCodes: DeviceCodes
  readonly mayUseClient: MayUseClient
  readonly findShownLogo: FindShownLogo
  readonly publishers: Publishers
  readonly grants: Pick<Grants, 'make'>
  readonly organisationChoices: Pick<OrganisationChoices, 'named' | 'defaultOf'>
  readonly consentForms: ConsentForms
  readonly csrf: Csrf
  /** Seconds for which a device keeps what it is allowed (90 days). */
  readonly grantLifetime?: number
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
  /**
   * Gives what was decided: to allow nothing of it is to deny it. Throws `RequestRefused` (`not_found`) for a form that was not
   * shown to this session, and for a device that waits no more.
   */
  readonly decide: (
    exchange: Exchange,
    signedIn: Found<User, SessionAuth>,
    fields: BodyFields,
    decision: 'allow' | 'deny',
  ) => Promise<'allow' | 'deny'>
}

export function createDeviceDecisions(options: DeviceDecisionsOptions): DeviceDecisions {
  const { deviceCodes, grants, organisationChoices, consentForms, csrf, site = {}, path } = options
  const { scopeChoice = false, grantLifetime = 7_776_000, mayUseClient, findShownLogo, publishers } = options

  /** Throws `PermissionDenied` where the person is not among those who may use it yet. */
  async function check(device: WaitingDevice, user: User): Promise<void> {
    if (await mayUseClient({ ...device, key: device.clientKey }, user)) return
    throw new PermissionDenied('permission_denied', notAmongTesters().message)
  }

  /**
   * The grant outlives the browser's sign-in: the device is somewhere else. For now it lives as long as the code, so that nothing
   * is left of it where the device never comes for its tokens.
   */
  function grantFor(
    { principal, auth }: Found<User, SessionAuth>,
    device: WaitingDevice,
    { scopes, organisationId }: { readonly scopes: readonly string[]; readonly organisationId: bigint | null },
  ): ReturnType<Grants['make']> {
    const acr = acrOf(auth.amr)
    return grants.make({
      clientKey: device.clientKey,
      userId: parseId(principal.id) ?? 0n,
      signInId: null,
      scopes,
      resources: device.resources,
      isOffline: scopes.includes('offline_access'),
      expiresAt: device.expiresAt,
      organisationId,
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
      await check(device, principal)
      const id = formatId(device.id)
      const offered = await organisationChoices.named(offeredBy(device, principal))
      const organisations = offered.map((one) => ({ ...one, roles: [...one.roles] }))
      const suggested = offered.length > 1 ? await organisationChoices.defaultOf(idOrNone(principal.id)) : null
      return deviceConfirmPage({
        site,
        action: path,
        decision: decisionField,
        fields: [
          [csrf.fieldName, csrf.tokenFor(auth.id)],
          [deviceField, id],
          [consentField, consentForms.tokenFor(auth.id, subjectOf(id))],
        ],
        ...(offered.length === 0 ? {} : { organisations: { field: choiceField, organisations, suggested } }),
        application: device.clientName,
        publisher: (await publishers([device.clientId])).get(device.clientId) ?? nobody,
        isReviewed: device.source === 'manual',
        logo: await findShownLogo({ ...device, key: device.clientKey }),
        ownPages: device.ownPages,
        user: principal.name,
        otherUser,
        userCode,
        ...askedScopes(options, device.scopes, deviceForm),
        // It has nothing to do with the browser, and begins once the device comes for its tokens.
        lasts: { seconds: grantLifetime, isOffline: true },
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
      if (decision === 'allow') await check(device, principal)
      const by = { actor: actorOf(principal), address: exchange.address, requestId: exchange.requestId ?? null }
      const scopes = device.scopes.filter((scope) => !scopeChoice || isScopeAllowed(scope, tickedIn(fields)))
      const isAllowed = decision === 'allow' && (scopes.length > 0 || device.scopes.length === 0)
      const organisationId = isAllowed ? chosenIn(fields, offeredBy(device, principal)) : null
      const isDecided = isAllowed
        ? await deviceCodes.approve(device, grantFor(signedIn, device, { scopes, organisationId }), by)
        : await deviceCodes.deny(device, by)
      if (!isDecided) throw gone()
      return isAllowed ? 'allow' : 'deny'
    },
  }
}

/**
 * The organisations that a device can be for: the one that it names, or, where its users choose, all that they belong to; none
 * for every other one. Throws `PermissionDenied` where they do not belong to the one that is named, whether it exists or not.
 */
function offeredBy({ organization, asksForOrganisation }: WaitingDevice, user: User): readonly Membership[] {
  if (organization === null) return asksForOrganisation ? (user.organisations ?? []) : []
  const named = namedOrganisation(user, organization)
  if (named !== null) return [named]
  throw new PermissionDenied(
    'permission_denied',
    'Your account cannot act in the organisation that the device asks for.',
  )
}

/** The scopes whose boxes are ticked. */
function tickedIn(fields: BodyFields): readonly string[] {
  const ticked: unknown = fields[scopeField]
  return Array.isArray(ticked) ? ticked.filter((scope) => typeof scope === 'string') : []
}

/** The one of them that was chosen, or shown alone. */
function chosenIn(fields: BodyFields, offered: readonly Membership[]): bigint | null {
  const chosen = textOf(fields, choiceField)
  const organisation = offered.find(({ id }) => id === chosen)
  // What was shown may have changed meanwhile: nothing else is allowed for it.
  if (organisation === undefined && (offered.length > 0 || chosen !== null)) {
    throw new RequestRefused('invalid_request', 'Choose the organisation once more: type the code in again.')
  }
  return organisation === undefined ? null : parseId(organisation.id)
}

/** Names the device in the form. */
export const deviceField = 'device'

function subjectOf(device: string): string {
  return `device ${device}`
}

function gone(): RequestRefused {
  return new RequestRefused('not_found', 'No device is waiting for this answer. Start anew on the device.')
}
