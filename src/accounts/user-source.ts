/**
 * Where an account comes from: made by an administrator, a command or a file; by its own sign-up, or with an invitation; taken over
 * from a file of another system; vouched for by a proxy, a certificate or an application; or by a first sign-in with a provider,
 * social or SAML, which is named by its id in the settings.
 */
export type UserSource = 'made' | 'sign_up' | 'invitation' | 'import' | 'service' | `provider:${string}`
