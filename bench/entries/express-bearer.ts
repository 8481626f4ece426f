import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import jsonwebtoken from 'jsonwebtoken'
import { ready, secret } from './ready.ts'

const app = express()
app.use(auth({ issuer: 'https://bench', audience: 'bench', secret, tokenSigningAlg: 'HS256' }))
app.get('/', (request, response) => void response.json({ name: request.auth?.payload['name'] }))
const text = jsonwebtoken.sign({ name: 'ada' }, secret, {
  issuer: 'https://bench',
  audience: 'bench',
  subject: '1',
  expiresIn: '1h',
})
ready(app.listen(0, '127.0.0.1'), { authorization: `Bearer ${text}` })
