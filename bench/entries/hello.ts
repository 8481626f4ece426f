import { createServer } from 'node:http'
import { ready } from './ready.ts'

// The measure of everything: node:http with nothing in front.
const body = JSON.stringify({ name: 'ada' })
const server = createServer((_request, response) => {
  response.writeHead(200, ['content-type', 'application/json', 'content-length', String(body.length)])
  response.end(body)
})
ready(server.listen(0, '127.0.0.1'))
