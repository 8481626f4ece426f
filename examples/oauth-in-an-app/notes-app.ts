import { createAuth, hasScope, isUser } from 'doorward'
import { honoAuth, mount } from 'doorward/hono'
import type { MountedOAuthServer } from 'doorward/oauth'
import { Hono } from 'hono'
import { csrf } from 'hono/csrf'
import { html } from 'hono/html'
import type { People } from './people.ts'

/** An application with users and a page to sign in of its own, which lets other programs in by OAuth. */
export function notesApp(oauth: MountedOAuthServer, people: People): Hono {
  const auth = createAuth({ authenticators: [oauth.session, oauth.accessToken] })
  const { protect, errorHandler } = honoAuth(auth)
  const app = new Hono()

  // Before whatever reads bodies: /o/… and /.well-known/… are Doorward's, all else is the application's.
  app.use(mount(oauth))
  app.use(csrf())
  app.onError(errorHandler)

  app.get('/sign-in', (c) => c.html(signInPage(oauth.nextOf(c.req.query('next')))))
  app.post('/sign-in', async (c) => {
    const { email, password, next } = await c.req.parseBody()
    const isForm = typeof email === 'string' && typeof password === 'string'
    const person = isForm ? await people.verify(email, password) : null
    if (person === null) return c.html(signInPage(oauth.nextOf(next), 'That is not right.'), 400)
    // The id is what Doorward knows them by. It is theirs for good; an e-mail address may change.
    const { cookies } = await oauth.signIn(c.req.raw, { username: person.id, email: person.email })
    for (const cookie of cookies) c.header('set-cookie', cookie, { append: true })
    return c.redirect(oauth.nextOf(next), 303)
  })
  app.post('/sign-out', async (c) => {
    const { cookies } = await oauth.signOut(c.req.raw)
    for (const cookie of cookies) c.header('set-cookie', cookie, { append: true })
    return c.redirect('/sign-in', 303)
  })

  // People with a browser and programs with a token come by one chain.
  app.get('/notes', protect(hasScope('notes:read')), (c) => {
    const { principal, via } = c.var.identity
    const person = principal.kind === 'user' ? people.find(principal.name) : null
    return c.json({ for: person?.email ?? principal.name, via })
  })
  app.get('/account', protect(isUser), (c) => c.json(people.find(c.var.identity.principal.name)))
  return app
}

function signInPage(next: string, problem = '') {
  return html`<!doctype html>
    <html lang="en">
      <title>Sign in</title>
      <h1>Sign in to Notes</h1>
      <p role="alert">${problem}</p>
      <form method="post" action="/sign-in">
        <input type="hidden" name="next" value="${next}" />
        <label>E-mail <input name="email" type="email" autocomplete="username" required /></label>
        <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
        <button>Sign in</button>
      </form>
    </html>`
}
