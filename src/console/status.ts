/** What the engine says of every source and sink: `/api/v1/status`. */
import { useQuery } from '@tanstack/react-query'
import type { Status } from '../ops/status.ts'
import { get } from './api.ts'

/** Asked again every so many milliseconds, or not at all; all parts of a page share one answer. */
export function useStatus(everyMs?: number) {
  return useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => get<Status>('/api/v1/status', signal),
    refetchInterval: everyMs ?? false,
  })
}
