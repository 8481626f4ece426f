import assert from 'node:assert/strict'
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client'
import type {
  OAuthClientInformationMixed,
  OAuthClientProvider,
  OAuthDiscoveryState,
  OAuthTokens,
} from '@modelcontextprotocol/client'
import { UnauthorizedError as OldUnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { createBrowser } from '../../test/foreign/browser.ts'

/** The client of the MCP SDK, in one of its major versions: what differs between them. */
export interface Sdk {
  /** Connects, and does something while connected. */
  readonly connected: <Result>(
    url: URL,
    provider: OAuthClientProvider,
    work: (client: { readonly callTool: CallTool }) => Promise<Result>,
  ) => Promise<Result>
  /** Goes on with what came back from the user's browser. */
  readonly finish: (url: URL, provider: OAuthClientProvider, answer: URLSearchParams) => Promise<void>
  /** What it throws when the user has to sign in. */
  readonly mustSignIn: typeof UnauthorizedError | typeof OldUnauthorizedError
}

type CallTool = (call: { name: string; arguments: Record<string, unknown> }) => Promise<unknown>

const self = { name: 'an agent', version: '1.0.0' }

export const sdks: Readonly<Record<'version 2' | 'version 1', Sdk>> = {
  'version 2': {
    mustSignIn: UnauthorizedError,
    connected: async (url, authProvider, work) => {
      const client = new Client(self)
      await client.connect(new StreamableHTTPClientTransport(url, { authProvider }))
      try {
        return await work(client)
      } finally {
        await client.close()
      }
    },
    finish: async (url, authProvider, answer) =>
      new StreamableHTTPClientTransport(url, { authProvider }).finishAuth(answer),
  },
  'version 1': {
    mustSignIn: OldUnauthorizedError,
    connected: async (url, authProvider, work) => {
      const client = new OldClient(self)
      await client.connect(oldTransport(url, authProvider))
      try {
        return await work(client)
      } finally {
        await client.close()
      }
    },
    finish: async (url, authProvider, answer) => oldTransport(url, authProvider).finishAuth(answer.get('code') ?? ''),
  },
}

/** The provider of the new version has all that the old one asks for. */
function oldTransport(url: URL, provider: OAuthClientProvider): OldTransport {
  return new OldTransport(url, { authProvider: provider })
}

export interface AgentOptions {
  readonly sdk: Sdk
  /** Where the MCP server is, and where its users sign in. */
  readonly resource: string
  readonly issuer: string
  /** Of the user `ada`. */
  readonly password: string
  /** The address of its metadata document (it registers by itself). */
  readonly clientMetadataUrl?: string
}

/** An agent with a user at a browser. */
export interface Agent {
  /** Where it sent its user last. */
  readonly asked: () => URL
  readonly clientId: () => string | undefined
  readonly tokens: () => OAuthTokens | undefined
  readonly saveTokens: (tokens: OAuthTokens) => void
  /** Connects, is refused, has its user sign in and allow it, and gets tokens. */
  readonly signIn: () => Promise<void>
  /** What the user does in the browser, and the agent with what comes back. */
  readonly finish: () => Promise<void>
  /** Calls a tool; gives its text. */
  readonly callTool: (name: string, given?: Record<string, unknown>) => Promise<string>
}

export function createAgent({ sdk, resource, issuer, password, clientMetadataUrl }: AgentOptions): Agent {
  const url = new URL(resource)
  let asked = new URL('http://nowhere.invalid')
  let information: OAuthClientInformationMixed | undefined
  let tokens: OAuthTokens | undefined
  let verifier = ''
  let discovery: OAuthDiscoveryState | undefined

  const provider: OAuthClientProvider = {
    ...(clientMetadataUrl === undefined ? {} : { clientMetadataUrl }),
    redirectUrl,
    clientMetadata: {
      client_name: 'An agent',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    state: () => 'a state',
    clientInformation: () => information,
    saveClientInformation: (given) => void (information = given),
    tokens: () => tokens,
    saveTokens: (given) => void (tokens = given),
    redirectToAuthorization: (to) => void (asked = to),
    saveCodeVerifier: (given) => void (verifier = given),
    codeVerifier: () => verifier,
    saveDiscoveryState: (given) => void (discovery = given),
    discoveryState: () => discovery,
  }

  async function finish(): Promise<void> {
    const browser = createBrowser(issuer)
    const signInPage = await browser.visit(asked)
    const consentPage = await browser.submit(signInPage, { username: 'ada', password }, '/accounts/login/')
    assert.match(consentPage.html, /An agent/)
    assert.match(consentPage.html, /127\.0\.0\.1/, 'the user is told where the answer goes')
    const end = await browser.submit(consentPage, { decision: 'allow' })
    assert.ok(end.url.href.startsWith(redirectUrl), end.url.href + end.html)
    assert.equal(end.url.searchParams.get('state'), 'a state')
    assert.equal(end.url.searchParams.get('iss'), issuer)
    await sdk.finish(url, provider, end.url.searchParams)
  }

  return {
    asked: () => asked,
    clientId: () => information?.client_id,
    tokens: () => tokens,
    saveTokens: (given) => (tokens = given),
    finish,
    signIn: async () => {
      await assert.rejects(
        sdk.connected(url, provider, async () => undefined),
        sdk.mustSignIn,
      )
      await finish()
    },
    callTool: async (name, given = {}) =>
      sdk.connected(url, provider, async (client) => {
        const answer = (await client.callTool({ name, arguments: given })) as Partial<TextAnswer>
        return answer.content?.[0]?.text ?? ''
      }),
  }
}

interface TextAnswer {
  readonly content: readonly { readonly text?: string }[]
}

const redirectUrl = 'http://127.0.0.1:33418/callback'
