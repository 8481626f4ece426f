import { askingForProof } from '../screens/asking-for-proof.ts'
import type { Screen } from '../screens/screen.ts'
import { accessTester, type AccessTesterStores } from './security/access-tester.ts'
import { actingScreens, type ActingScreensStores } from './acting-screens.ts'
import { administrators, type AdministratorsStores } from './security/administrators.ts'
import { applicationScreens, type ApplicationScreensStores } from './applications/application-screens.ts'
import { unaskedActions } from './unasked.ts'
import { auditScreens, type AuditScreensStores } from './audit/audit-screens.ts'
import { breakGlassScreen, type BreakGlassStores } from './security/break-glass.ts'
import { healthPage, type Health } from './operation/health.ts'
import { keyScreens, type KeyScreensStores } from './credentials/key-screens.ts'
import { type AdminOrganisationStores, adminOrganisationScreens } from './organisations/organisation-screens.ts'
import { mailPage } from './operation/mail-page.ts'
import type { MailStores } from './operation/mail-state.ts'
import { overview, type OverviewStores } from './operation/overview.ts'
import { sessionsEnd, type SessionsEndStores } from './users/sessions-end.ts'
import { sessionsList, type SessionsListStores } from './users/sessions-list.ts'
import { settingsPage, type SettingsPageStores } from './operation/settings-page.ts'
import { ownLimitNew } from './security/own-limit-new.ts'
import type { OwnLimitStores } from './security/own-limit.ts'
import { signInProvider, signInProviders, type SignInProvidersStores } from './security/sign-in-providers.ts'
import { signingKeys, type SigningKeysStores } from './security/signing-keys.ts'
import { throttles, type ThrottlesStores } from './security/throttles.ts'
import { tokenScreens, type TokenScreensStores } from './credentials/token-screens.ts'
import { userScreens, type UserScreensStores } from './users/user-screens.ts'

export type AdminScreensStores = OverviewStores &
  UserScreensStores &
  AdminOrganisationStores &
  SignInProvidersStores &
  ApplicationScreensStores &
  TokenScreensStores &
  KeyScreensStores &
  AccessTesterStores &
  AuditScreensStores &
  SessionsListStores &
  SessionsEndStores &
  SigningKeysStores &
  ThrottlesStores &
  OwnLimitStores &
  AdministratorsStores &
  BreakGlassStores &
  MailStores &
  ActingScreensStores &
  SettingsPageStores & { readonly health: () => Promise<Health> }

/** Everything under `/admin/`, in the order of its menu. */
export function adminScreens(stores: AdminScreensStores): readonly Screen[] {
  return askingForProof(
    [
      overview(stores),
      ...userScreens(stores),
      ...actingScreens(stores),
      sessionsList(stores),
      sessionsEnd(stores),
      ...adminOrganisationScreens(stores),
      signInProviders(stores),
      signInProvider(stores),
      ...applicationScreens(stores),
      ...keyScreens(stores),
      ...tokenScreens(stores),
      ...auditScreens(stores),
      accessTester(stores),
      ...signingKeys(stores),
      throttles(stores),
      ownLimitNew(stores),
      ...administrators(stores),
      breakGlassScreen(stores),
      settingsPage(stores),
      mailPage(stores),
      healthPage(stores),
    ],
    unaskedActions,
  )
}
