import { clientAuthMethods } from '../../oauth/client.ts'
import type { ApplicationField } from './application-fields.ts'
import { grantTypeTexts } from './application-types.ts'

const authMethodTexts: Readonly<Record<(typeof clientAuthMethods)[number], string>> = {
  client_secret: 'A secret, in the header or in the form',
  client_secret_basic: 'A secret, in the header alone',
  client_secret_post: 'A secret, in the form alone',
  private_key_jwt: 'A signature by its own key (private_key_jwt)',
  tls_client_auth: 'A certificate by its name (tls_client_auth)',
  self_signed_tls_client_auth: 'A certificate by its key (self_signed_tls_client_auth)',
  none: 'Not at all: a public client',
}

/** What can be changed of a client, by the tab that it stands on. */
export const applicationForms: Readonly<
  Record<'settings' | 'credentials' | 'scopes' | 'tokens', readonly ApplicationField[]>
> = {
  settings: [
    {
      name: 'name',
      label: 'Name',
      kind: 'text',
      hint: 'People read it when they are asked whether they allow it something.',
    },
    {
      name: 'grantTypes',
      label: 'Grant types',
      kind: 'several',
      choices: Object.entries(grantTypeTexts).map(([value, text]) => ({ value, text })),
    },
    {
      name: 'redirectUris',
      label: 'Redirect addresses',
      kind: 'lines',
      hint: 'One in a line, compared letter for letter. A wildcard is refused: whoever gets hold of one host below it would get the answers.',
    },
    {
      name: 'postLogoutRedirectUris',
      label: 'Addresses after signing out',
      kind: 'lines',
      hint: 'Where people may be sent once they have signed out, one in a line.',
    },
    {
      name: 'consent',
      label: 'People are asked',
      kind: 'one',
      choices: [
        { value: '', text: 'Once' },
        { value: 'always', text: 'Each time' },
        { value: 'never', text: 'Never: it is an application of your own' },
      ],
    },
    { name: 'clientUri', label: 'Home page', kind: 'text', hint: 'Shown to people who are asked.', isRare: true },
    { name: 'logoUri', label: 'Logo', kind: 'text', hint: 'An address of an image.', isRare: true },
    { name: 'policyUri', label: 'Privacy policy', kind: 'text', isRare: true },
    { name: 'tosUri', label: 'Terms of service', kind: 'text', isRare: true },
    {
      name: 'contacts',
      label: 'Contacts',
      kind: 'lines',
      hint: 'E-mail addresses of its developers, one in a line.',
      isRare: true,
    },
  ],

  credentials: [
    {
      name: 'authMethod',
      label: 'How it proves who it is',
      kind: 'one',
      choices: clientAuthMethods.map((value) => ({ value, text: authMethodTexts[value] })),
    },
    {
      name: 'jwksUri',
      label: 'Address of its public keys',
      kind: 'text',
      hint: 'For private_key_jwt and self-signed certificates: a JWK Set that this server can fetch.',
    },
    {
      name: 'tlsClientAuthSubjectDn',
      label: 'Subject of its certificate',
      kind: 'text',
      hint: 'For tls_client_auth: one of these two.',
    },
    { name: 'tlsClientAuthSanDns', label: 'DNS name in its certificate', kind: 'text' },
  ],

  scopes: [
    {
      name: 'defaultScopes',
      label: 'Scopes where it asks for none',
      kind: 'lines',
      hint: 'One in a line. Without any, all of its scopes are meant.',
    },
    {
      name: 'resources',
      label: 'Resources',
      kind: 'lines',
      hint: 'Addresses of other APIs that its tokens may be for, one in a line (RFC 8707).',
    },
    {
      name: 'introspects',
      label: 'May introspect tokens for',
      kind: 'lines',
      hint: 'For gateways and APIs: addresses of resources, or * for tokens of this server’s own API.',
    },
    {
      name: 'allowedOrigins',
      label: 'Origins of browsers',
      kind: 'lines',
      hint: 'Pages that may call the token endpoint. A public client is called from its redirect addresses without.',
    },
    { name: 'mayExchange', label: 'May exchange tokens of others for tokens that act for them', kind: 'flag' },
    {
      name: 'asksForOrganisation',
      label: 'Asks for an organisation: whoever belongs to several chooses which one its tokens are for',
      kind: 'flag',
    },
  ],

  tokens: [
    {
      name: 'accessTokenFormat',
      label: 'Format of access tokens',
      kind: 'one',
      choices: [
        { value: '', text: 'Opaque: looked up each time, dead at once when revoked' },
        { value: 'jwt', text: 'JWT: verified without a look-up' },
      ],
    },
    {
      name: 'accessTokenLifetime',
      label: 'Lifetime of access tokens',
      kind: 'number',
      hint: 'Seconds, up to a day. Empty: that of the server.',
    },
    {
      name: 'refreshTokenLifetime',
      label: 'Lifetime of refresh tokens',
      kind: 'number',
      hint: 'Seconds that one lives unused. Empty: that of the server.',
    },
    {
      name: 'rotateRefreshTokens',
      label: 'Refresh tokens',
      kind: 'one',
      choices: [
        { value: '', text: 'Are used once, and replaced' },
        { value: 'false', text: 'Are kept' },
      ],
    },
    { name: 'dpopBoundAccessTokens', label: 'Bound to a key of the caller (DPoP)', kind: 'flag' },
    { name: 'tlsClientCertificateBoundAccessTokens', label: 'Bound to the certificate of the caller', kind: 'flag' },
    {
      name: 'requirePushedAuthorizationRequests',
      label: 'Authorization requests have to be pushed first',
      kind: 'flag',
    },
    {
      name: 'pkceOptional',
      label: 'May go without PKCE',
      kind: 'flag',
      hint: 'For confidential clients of OpenID Connect that cannot do it. RFC 9700 advises against it.',
    },
  ],
}
