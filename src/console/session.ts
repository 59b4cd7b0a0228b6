/** Who is using the console, and what they may do: `/api/v1/me`. */
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { ApiError, get, isStatus, post } from './api.ts'

export interface Me {
  /** Null: nobody is logged in, and a login is needed. */
  readonly user: { readonly name: string; readonly role: 'viewer' | 'operator' } | null
  readonly login: { readonly token: boolean; readonly oidc: boolean }
  readonly csrf: string
}

/** The user of the session, if there is one. */
export const ME = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => get<Me>('/api/v1/me', signal),
  staleTime: 60_000,
  // Another tab may have logged in or out since.
  refetchOnWindowFocus: 'always',
})

export function useMe() {
  return useQuery(ME)
}

/** Viewers are not shown buttons that would be refused. */
export function useIsOperator(): boolean {
  return useMe().data?.user?.role === 'operator'
}

/**
 * A POST with the token that proves it comes from this page. If the same user has logged in again in another tab, it
 * goes on with the new session; if someone else has, nothing is done in their name. Throws ApiError.
 */
export function usePost(): <T>(path: string, body?: unknown) => Promise<T> {
  const me = useMe().data
  const client = useQueryClient()
  return async <T>(path: string, body: unknown = {}) => {
    try {
      return await post<T>(path, body, me?.csrf ?? '')
    } catch (error) {
      if (!isStatus(error, 403)) throw error
      const now = await client.fetchQuery({ ...ME, staleTime: 0 })
      if (now.csrf === me?.csrf) throw error
      if (nameOf(now) !== nameOf(me))
        throw new ApiError(403, `nothing was done: ${nameOf(now)} is logged in here by now`)
      return post<T>(path, body, now.csrf)
    }
  }
}

function nameOf(me: Me | undefined): string {
  return me?.user ? `${me.user.name} (${me.user.role})` : 'nobody'
}
