/** Who is looking, and what they may do: `/api/v1/me`. */
import { useQuery } from '@tanstack/react-query'
import { get, post } from './api.ts'

export interface Me {
  /** Null: nobody is logged in, and a login is needed. */
  readonly user: { readonly name: string; readonly role: 'viewer' | 'operator' } | null
  readonly login: { readonly token: boolean; readonly oidc: boolean }
  readonly csrf: string
}

export function useMe() {
  return useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => get<Me>('/api/v1/me', signal),
    staleTime: 60_000,
  })
}

/** A viewer sees no button that would be refused. */
export function useIsOperator(): boolean {
  return useMe().data?.user?.role === 'operator'
}

/** A POST with the token that proves it comes from this page. Throws ApiError. */
export function usePost(): <T>(path: string, body?: unknown) => Promise<T> {
  const csrf = useMe().data?.csrf ?? ''
  return (path, body = {}) => post(path, body, csrf)
}
