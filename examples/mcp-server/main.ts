// An MCP server whose tools are behind Doorward. docs/oauth/mcp.md starts both.
//   ISSUER=http://127.0.0.1:8000 CLIENT_ID=… CLIENT_SECRET=… node --conditions=doorward-source examples/mcp-server/main.ts
import { serve } from '@hono/node-server'
import { notesOverMcp } from './mcp-server.ts'

const port = Number(process.env['PORT'] ?? 8080)
const resource = process.env['RESOURCE'] ?? `http://127.0.0.1:${port}/mcp`
const fetch = notesOverMcp({
  resource,
  issuer: process.env['ISSUER'] ?? 'http://127.0.0.1:8000',
  clientId: process.env['CLIENT_ID'] ?? '',
  clientSecret: process.env['CLIENT_SECRET'] ?? '',
})

const server = serve({ fetch, port, hostname: '127.0.0.1' }, () => console.log(resource))
process.once('SIGTERM', () => server.close())
