import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { Notice } from '../blocks/notice.tsx'

const CALM_MS = 10_000
const WORRIED_MS = 2_000

/** Asks whether the engine is there; once it is back, everything shown is asked for again. */
export function AwayNotice() {
  const client = useQueryClient()
  const { data: there } = useQuery({
    queryKey: ['healthz'],
    queryFn: ({ signal }) =>
      fetch('/healthz', { signal }).then(
        ({ ok }) => ok,
        () => false,
      ),
    refetchInterval: (query) => (query.state.data === false ? WORRIED_MS : CALM_MS),
  })
  const before = useRef(there)
  useEffect(() => {
    if (before.current === false && there) {
      client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'healthz' })
    }
    before.current = there
  }, [there, client])
  return (
    <div role="status">
      {there === false && (
        <Notice tone="warn" className="away">
          The engine does not answer. What you see is from before; this page goes on by itself once it is
          back.
        </Notice>
      )}
    </div>
  )
}
