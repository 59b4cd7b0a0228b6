import { useMutation, useQueryClient } from '@tanstack/react-query'
import { navigate } from 'wouter/use-browser-location'
import { Avatar } from '../blocks/avatar.tsx'
import { useMe, usePost } from '../session.ts'

/** Who is logged in, and the logout, which is not shown on a loopback that needs no login. */
export function UserMenu() {
  const { data: me } = useMe()
  const post = usePost()
  const client = useQueryClient()
  const logout = useMutation({
    mutationFn: () => post('/api/v1/logout'),
    onSuccess() {
      client.clear()
      navigate('/login')
    },
  })
  if (!me?.user) return null
  return (
    <>
      <Avatar login={me.user.name} name={me.user.name} />
      <span className="small user-name">
        {me.user.name} <span className="soft">{me.user.role}</span>
      </span>
      {(me.login.token || me.login.oidc) && (
        <button type="button" className="button plain" onClick={() => logout.mutate()}>
          Log out
        </button>
      )}
    </>
  )
}
