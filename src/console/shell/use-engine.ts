import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { clockOffset } from './clock-offset.ts'

const CALM_MS = 10_000
const WORRIED_MS = 2_000

export interface Engine {
  readonly isThere: boolean
  /** Milliseconds by which this browser's clock is ahead of the engine's. */
  readonly ahead: number
}

/** Polls whether the engine is reachable, and its time; once it is back, everything shown is fetched again. */
export function useEngine(): Engine | undefined {
  const client = useQueryClient()
  const { data: engine } = useQuery({
    queryKey: ['healthz'],
    queryFn: ({ signal }) => askEngine(signal, client.getQueryData<Engine>(['healthz'])?.ahead),
    refetchInterval: (query) => (query.state.data?.isThere === false ? WORRIED_MS : CALM_MS),
  })
  const isThere = engine?.isThere
  const before = useRef(isThere)
  useEffect(() => {
    if (before.current === false && isThere) {
      client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'healthz' })
    }
    before.current = isThere
  }, [isThere, client])
  return engine
}

async function askEngine(signal: AbortSignal, known = 0): Promise<Engine> {
  const askedAt = Date.now()
  try {
    const { ok, headers } = await fetch('/healthz', { signal })
    return { isThere: ok, ahead: clockOffset(headers.get('date'), askedAt, Date.now(), known) }
  } catch {
    return { isThere: false, ahead: known }
  }
}
