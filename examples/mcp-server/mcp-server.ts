import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { createAuth, createSafeFetch, hasScope, introspection, isAuthenticated, protectedResource } from 'doorward'
import { webAuth } from 'doorward/web'
import { z } from 'zod'

export interface NotesOptions {
  /** The address of this MCP server, which its tokens are for, such as `https://mcp.example.com/mcp`. */
  readonly resource: string
  /** The authorization server, such as `https://id.example.com`. */
  readonly issuer: string
  /** What this server is called there: it asks about the tokens that it is shown. */
  readonly clientId: string
  readonly clientSecret: string
}

/** Notes as MCP tools, for those who show a token that was issued for this server. From `Request` to `Response`. */
export function notesOverMcp(options: NotesOptions): (request: Request) => Promise<Response> {
  const { resource, issuer } = options
  const { pathname } = new URL(resource)
  const metadata = protectedResource({
    resource,
    authorizationServers: [issuer],
    scopes: ['read', 'write'],
    name: 'Notes',
  })
  const handler = createMcpHandler(createTools([]))

  const tokens = introspection({
    ...options,
    endpoint: `${issuer}/o/introspect/`,
    // A token for another resource is no good here, though it comes from the same server (RFC 8707, section 2).
    audience: resource,
    ...(issuer.startsWith('http:') ? { fetch: createSafeFetch(thisMachine) } : {}),
  })
  // Where a client finds out how to get one, and which scope it needs to begin with (RFC 9728, section 5.1).
  const params = { realm: 'notes', resource_metadata: metadata.url, scope: 'read' }
  const auth = createAuth({ authenticators: [{ ...tokens, challenge: () => ({ scheme: 'Bearer', params }) }] })
  const { protect, requireFor } = webAuth(auth)

  const answer = protect(isAuthenticated)(async (request, { auth: token, principal }) => {
    if (Number(request.headers.get('content-length') ?? 0) > longest) return new Response(null, { status: 413 })
    await requireFor(request, hasScope(...(await scopesFor(request))), null)
    // The token itself stays here: tools have no use for it, and must not pass it on.
    const known = { token: '', clientId: token.clientId ?? '', scopes: [...token.scopes] }
    return handler.fetch(request, { authInfo: { ...known, extra: { name: principal.name } } })
  })

  return async (request) => {
    const path = new URL(request.url).pathname
    if (path === pathname) return answer(request)
    if (path === metadata.path && request.method === 'GET') return metadata.respond()
    return new Response(null, { status: 404 })
  }
}

function createTools(notes: string[]): () => McpServer {
  return () => {
    const server = new McpServer({ name: 'notes', version: '1.0.0' })
    server.registerTool('list-notes', { description: 'Lists all notes' }, async () => ({
      content: [{ type: 'text', text: notes.join('\n') }],
    }))
    server.registerTool(
      'add-note',
      { description: 'Adds a note', inputSchema: z.object({ text: z.string() }) },
      async ({ text }, { http }) => {
        notes.push(`${String(http?.authInfo?.extra?.['name'])}: ${text}`)
        return { content: [{ type: 'text', text: 'It is written down.' }] }
      },
    )
    return server
  }
}

/** All scopes of what is called at once, so that a client asks for them once: the tool that writes needs more. */
async function scopesFor(request: Request): Promise<readonly string[]> {
  const body: unknown =
    request.method === 'POST'
      ? await request
          .clone()
          .json()
          .catch(() => null)
      : null
  const calls = [body].flat() as readonly ({ method?: unknown; params?: { name?: unknown } } | null)[]
  const writes = calls.some((call) => call?.method === 'tools/call' && call.params?.name === 'add-note')
  return writes ? ['read', 'write'] : ['read']
}

/** Bytes of a request. */
const longest = 65_536

const thisMachine = { insecureHosts: ['127.0.0.1', 'localhost'], allowedAddresses: ['127.0.0.0/8', '::1'] }
