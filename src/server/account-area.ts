import { activity } from '../account/activity.ts'
import { authenticator, removeAuthenticator } from '../account/authenticator.ts'
import { connectedApps, disconnectApp } from '../account/connected-apps.ts'
import { dataScreens } from '../account/data.ts'
import { devices, otherDevices } from '../account/devices.ts'
import { factorCounts } from '../account/factor-counts.ts'
import { keysAndTokens } from '../account/keys-and-tokens.ts'
import { linkedSignIns, unlinkSignIn } from '../account/linked-sign-ins.ts'
import { invitationScreen } from '../account/invitation.ts'
import { ownOrganisations } from '../account/organisations.ts'
import { ownPlace } from '../account/own-place.ts'
import { overview } from '../account/overview.ts'
import { addPasskey, passkey, passkeys, removePasskey } from '../account/passkeys.ts'
import { recovery } from '../account/recovery.ts'
import { passwordScreen, setPasswordScreen } from '../account/password.ts'
import { preferencesScreen } from '../account/preferences.ts'
import { changeEmail, changeUsername, profile } from '../account/profile.ts'
import { secureAccount } from '../account/secure-account.ts'
import { organisationScreens } from '../organisations/screens/organisation-screens.ts'
import { isUser } from '../permissions/is-user.ts'
import type { Screen } from '../screens/screen.ts'
import { unaskedActions } from '../account/unasked.ts'
import { askingForProof } from '../screens/asking-for-proof.ts'
import { createAuditLog } from '../storage/audit-log.ts'
import { listFamilies } from '../tokens/family-list.ts'
import type { AreaPlan } from './consoles.ts'
import type { Instance } from './instance.ts'
import { organisationPageStores } from './organisations.ts'
import { ownDataStores } from './own-data.ts'

/** One's own account, in the order of its menu. */
export function accountArea(instance: Instance): AreaPlan {
  const { settings, database, users, sessions, passwords, csrf, mail, byMail, apiKeys, oauth, social, orgs } = instance
  const auditLog = createAuditLog({ database })
  const { allowedClients } = oauth
  const organisationStores = { ...organisationPageStores(instance), auditLog, allowedClients }
  const links = { linked: social.linked, providers: social.buttons }
  const { emailChanges, verifications } = byMail
  const own = { users, emailChanges, verifications, isMailOpen: mail.outbox.isOpen }
  const secret = {
    users,
    passwords,
    sessions,
    csrf,
    minLength: settings.passwordMinLength,
    resetPath: mail.outbox.isOpen ? '/accounts/password/reset/' : null,
    isLookedUp: settings.breachedPasswordsUrl !== null,
  }
  const acting = {
    apiKeys,
    apiTokens: instance.apiTokens,
    pairs: instance.pairs,
    programs: async (userId: string) => listFamilies(database, userId, instance.clock()),
  }
  return {
    path: '/account/',
    name: 'Account',
    permission: isUser,
    screens: askingForProof(
      [
        overview({
          users,
          sessions,
          auditLog,
          deletions: instance.deletions,
          factors: async (userId) => factorCounts(database, userId),
        }),
        profile(own),
        changeUsername(own),
        changeEmail(own),
        preferencesScreen({ preferences: instance.preferences, isMailOpen: mail.outbox.isOpen }),
        passwordScreen(secret),
        setPasswordScreen(secret),
        devices({ sessions, trusted: instance.factors.trusted }),
        otherDevices({ sessions, trusted: instance.factors.trusted }),
        ...factorScreens(instance),
        ...(social.buttons.length === 0 ? [] : [linkedSignIns(links), unlinkSignIn(links)]),
        connectedApps({ allowedClients, scopes: settings.oauthScopes }),
        disconnectApp({ allowedClients, scopes: settings.oauthScopes }),
        keysAndTokens(acting),
        ...ownOrganisations(organisationStores),
        ...organisationScreens(ownPlace(organisationStores), organisationStores),
        invitationScreen({ ...orgs, users }),
        activity({ auditLog }),
        ...dataScreens(ownDataStores(instance)),
        secureAccount({
          users,
          sessions,
          allowedClients,
          ...acting,
          passkeys: instance.factors.passkeys,
          // What nobody can sign in with here has no page either.
          apps: instance.factors.second.policy === 'off' ? { find: async () => null } : instance.factors.apps,
          linked: social.buttons.length === 0 ? { list: async () => [] } : social.linked,
          trusted: instance.factors.trusted,
        }),
      ],
      unaskedActions,
    ),
  }
}

/** What people have beside a password. Where nobody is asked for a second factor, there are passkeys alone. */
function factorScreens({ factors, sessions, settings }: Instance): readonly Screen[] {
  const { apps, changes, codes, second, trusted } = factors
  const common = { apps, changes, codes, factors: second, trusted, sessions, siteName: settings.siteName }
  const keys = { ...common, passkeys: factors.passkeys }
  return [
    passkeys(keys),
    addPasskey(keys),
    passkey(keys),
    removePasskey(keys),
    ...(second.policy === 'off' ? [] : [authenticator(common), removeAuthenticator(common), recovery(common)]),
  ]
}
