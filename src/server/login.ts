/** Says who is asking; logs in and out with a token. */
import { z } from 'zod'
import { type AccessParts, type Identify, needsCaller, unauthenticated } from './access.ts'
import { checked } from './checked.ts'
import { json, RequestError, type Route } from './route.ts'
import { ownerOf } from './tokens.ts'

export function loginRoutes({
  server,
  owners,
  sessions,
  guesses,
  record,
  identify,
}: AccessParts & { readonly identify: Identify }): Route[] {
  const login = {
    token: sessions !== undefined && (server.adminToken ?? server.users) !== undefined,
    oidc: sessions !== undefined && server.oidc !== undefined,
  }
  return [
    {
      method: 'GET',
      path: '/api/v1/me',
      access: 'open',
      summary: 'who is asking, and how to log in',
      async handle({ headers, address }) {
        const user = (await identify(headers, address)) ?? null
        return json({ user, login, csrf: sessions?.csrf(headers) ?? '' })
      },
    },
    {
      method: 'POST',
      path: '/api/v1/login',
      access: 'open',
      summary: 'begins a session: {"token": …}',
      async handle({ body, headers, address }) {
        const { token } = checked(order, body)
        if (sessions === undefined || !needsCaller(server)) {
          throw new RequestError(409, 'there is nothing to log in with: no token and no user is configured')
        }
        const owner = ownerOf(owners, token)
        await guesses.allow(address, owner?.name)
        if (owner === undefined) {
          await record({ address, action: 'login-refused', outcome: 'failure', details: { by: 'token' } })
          await guesses.count(address)
          throw unauthenticated('this token is not known')
        }
        await sessions.end(headers)
        const user = { name: owner.name, role: owner.role }
        const cookie = await sessions.begin(user, { token })
        await record({ caller: user, address, action: 'login', outcome: 'success', details: { by: 'token' } })
        return { ...json({ user }), headers: { 'set-cookie': cookie } }
      },
    },
    {
      method: 'POST',
      path: '/api/v1/logout',
      access: 'open',
      summary: 'ends the session',
      async handle({ headers, address }) {
        const caller = await sessions?.find(headers)
        const cookie = await sessions?.end(headers)
        if (caller !== undefined) {
          await record({ caller, address, action: 'logout', outcome: 'success', details: {} })
        }
        return { ...json({ user: null }), headers: cookie === undefined ? {} : { 'set-cookie': cookie } }
      },
    },
  ]
}

const order = z.strictObject({ token: z.string().min(1).max(4_096) })
