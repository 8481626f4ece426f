import express from 'express'
import jsonwebtoken from 'jsonwebtoken'
import passport from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'
import { ready, secret } from './ready.ts'

passport.use(
  new Strategy(
    { jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: secret },
    (claims: { name: string }, done: (error: unknown, user: unknown) => void) => done(null, claims),
  ),
)
const app = express()
app.get(
  '/',
  passport.authenticate('jwt', { session: false }),
  (request, response) => void response.json({ name: (request.user as { name: string }).name }),
)
const text = jsonwebtoken.sign({ name: 'ada' }, secret, { subject: '1', expiresIn: '1h' })
ready(app.listen(0, '127.0.0.1'), { authorization: `Bearer ${text}` })
