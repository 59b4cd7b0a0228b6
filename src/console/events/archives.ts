import { useQuery } from '@tanstack/react-query'
import { get, isStatus } from '../api.ts'

export interface ArchiveSummary {
  /** The sink's id. */
  readonly id: string
  readonly events: number
  /** Unix seconds; null if the archive is empty. */
  readonly oldest: number | null
  readonly newest: number | null
}

/** An empty list if no sink keeps events. */
export function useArchives() {
  return useQuery({
    queryKey: ['archives'],
    queryFn: ({ signal }) => getArchives(signal),
    refetchInterval: 30_000,
  })
}

async function getArchives(signal: AbortSignal): Promise<readonly ArchiveSummary[]> {
  try {
    return (await get<{ archives: ArchiveSummary[] }>('/api/v1/archives', signal)).archives
  } catch (error) {
    if (isStatus(error, 404)) return []
    throw error
  }
}
