import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { TopField, TopValue } from '../../archive/archive.ts'
import { get } from '../api.ts'

/** The values of a field that occur most often in the events that `query` selects. */
export function useTop(field: TopField, query: string, limit: number) {
  return useQuery({
    queryKey: ['top', field, query, limit],
    queryFn: async ({ signal }) => {
      const parameters = new URLSearchParams(query)
      parameters.set('field', field)
      parameters.set('limit', String(limit))
      return (await get<{ values: TopValue[] }>(`/api/v1/events/top?${parameters}`, signal)).values
    },
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  })
}
