import { html } from 'hono/html'
import { askedScopes } from '../oauth/asked-scopes.ts'
import type { UnreviewedApps } from '../oauth/app-testers.ts'
import type { Clients } from '../oauth/clients.ts'
import type { ClientLogos } from '../oauth/logos/client-logos.ts'
import { isOffline } from '../oauth/is-offline.ts'
import { ownPagesOf } from '../oauth/own-pages.ts'
import { nobody, type Publishers } from '../oauth/publishers.ts'
import type { ScopeRisks } from '../oauth/scope-risks.ts'
import type { ScopeCatalogue } from '../oauth/scopes.ts'
import { consentForm, consentTitle, consentWords } from '../pages/consent.ts'
import type { Screen } from '../screens/screen.ts'
import { appFrame, appPath } from './app-frame.ts'
import { typeOf } from './app-types.ts'
import { ownApp } from './own-app.ts'

export interface AppConsentOptions {
  readonly clients: Pick<Clients, 'find'>
  readonly logos: Pick<ClientLogos, 'pathFor'>
  readonly publishers: Publishers
  readonly scopes: ScopeCatalogue
  readonly scopeRisks: ScopeRisks
  /** Seconds for which applications keep what they are allowed. */
  readonly grantLifetime: number
  readonly unreviewedApps: UnreviewedApps
}

/** What people are shown of one's application where they are asked to allow it, in one's own place. */
export function appConsent(options: AppConsentOptions): Screen {
  const { clients, logos, scopes, scopeRisks, publishers, grantLifetime, unreviewedApps } = options
  return {
    path: 'apps/:id/consent/',
    show: async (visit) => {
      const client = await ownApp(clients, visit)
      const { name, source, metadata } = client
      if (typeOf(client)?.isMachine === true)
        return { ...appFrame(client), content: html`<p>Nobody is asked: a machine acts for itself.</p>` }
      const isReviewed = source === 'manual'
      const isLogoShown = isReviewed || unreviewedApps === 'testers'
      const logo = await logos.pathFor(client.id)
      return {
        ...appFrame(client),
        content: html`<p>
            This is what people see when your app asks for all that it may ask for. Its name, pages, scopes and
            addresses are in its
            <a href="${appPath(client.id)}">settings</a>.
          </p>
          ${logo !== null && !isLogoShown ? html`<p class="note">Its logo is shown once it is reviewed.</p>` : ''}
          <section class="section" aria-labelledby="asked-heading">
            <h2 id="asked-heading">${consentTitle({ application: name })}</h2>
            ${consentWords({
              action: visit.path,
              fields: [],
              decision: 'decision',
              application: name,
              publisher: (await publishers([client.id])).get(client.id) ?? nobody,
              isReviewed,
              logo: isLogoShown ? logo : null,
              ownPages: ownPagesOf(metadata),
              user: visit.user.name,
              otherUser: null,
              ...askedScopes({ scopes, scopeRisks }, client.scopes, consentForm),
              lasts: { seconds: grantLifetime, isOffline: isOffline(client.scopes) },
              resources: [],
              redirectUri: metadata.redirectUris?.[0] ?? null,
            })}
          </section>`,
      }
    },
  }
}
