import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { navigate, useSearch } from 'wouter/use-browser-location'
import { type ApiError, isStatus } from '../api.ts'
import { Loading } from '../blocks/loading.tsx'
import { ErrorNotice, Notice } from '../blocks/notice.tsx'
import icon from '../icon.svg'
import { type Me, useMe, usePost } from '../session.ts'
import { ThemeSwitch } from '../shell/theme-switch.tsx'
import { returnAddress } from './return-address.ts'

export function LoginPage() {
  const me = useMe()
  const next = returnAddress(useSearch())
  const inside = me.data?.user != null
  useEffect(() => {
    document.title = 'Log in · auditferry'
    if (inside) navigate(next, { replace: true })
  }, [inside, next])
  return (
    <main className="login">
      <div className="card padded stack">
        <div className="row">
          <img src={icon} alt="" width="32" height="32" />
          <h1>Log in to auditferry</h1>
          <span className="push">
            <ThemeSwitch />
          </span>
        </div>
        {me.error !== null && <ErrorNotice error={me.error} retry={() => me.refetch()} />}
        {me.isPending && <Loading what="the ways to log in" />}
        {me.data && !inside && <Ways login={me.data.login} next={next} />}
      </div>
    </main>
  )
}

function Ways({ login, next }: { login: Me['login']; next: string }) {
  return (
    <>
      {login.oidc && (
        <a className="button main" href={`/auth/login?next=${encodeURIComponent(next)}`}>
          Sign in with OpenID Connect
        </a>
      )}
      {login.oidc && login.token && <p className="soft small or">or with a token</p>}
      {login.token && <TokenForm />}
      {!login.oidc && !login.token && (
        <Notice tone="warn">Nobody can log in: no token, user or identity provider is configured.</Notice>
      )}
    </>
  )
}

function TokenForm() {
  const post = usePost()
  const client = useQueryClient()
  const field = useRef<HTMLInputElement>(null)
  const [token, setToken] = useState('')
  const login = useMutation<unknown, ApiError, string>({
    mutationFn: (given) => post('/api/v1/login', { token: given }),
    // The page then sees who is logged in, and leads on to where the user came from.
    onSuccess: () => client.resetQueries(),
    onError: () => field.current?.select(),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (token.trim() === '') field.current?.focus()
    else login.mutate(token.trim())
  }
  return (
    <form className="stack" onSubmit={submit}>
      <div className="field">
        <label htmlFor="token">Token</label>
        <input
          ref={field}
          id="token"
          className="input"
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          required
          value={token}
          aria-invalid={login.isError}
          aria-describedby="token-problem"
          onChange={({ target }) => setToken(target.value)}
        />
        <span id="token-problem" className="small problem" role="alert">
          {login.error !== null && problemOf(login.error)}
        </span>
      </div>
      <button type="submit" className="button main" disabled={login.isPending}>
        {login.isPending ? 'Logging in…' : 'Log in'}
      </button>
      <p className="small soft">It is the token of a user, or server.admin_token, of the configuration.</p>
    </form>
  )
}

function problemOf(error: ApiError): string {
  if (isStatus(error, 401)) return 'This token is not known. Is it whole, and of this engine?'
  return isStatus(error, 429) ? `Too many tries: ${error.message}.` : `${error.message}.`
}
