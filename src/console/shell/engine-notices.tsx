import { formatDistanceStrict } from 'date-fns/formatDistanceStrict'
import { Notice } from '../blocks/notice.tsx'
import type { Engine } from './use-engine.ts'

/** What is wrong with the connection between this browser and the engine. */
export function EngineNotices({ engine }: { engine: Engine | undefined }) {
  const { isThere = true, ahead = 0 } = engine ?? {}
  return (
    <div role="status">
      {!isThere && (
        <Notice tone="warn" className="away">
          The engine does not answer. What you see is from before; this page goes on by itself once it is
          back.
        </Notice>
      )}
      {ahead !== 0 && (
        <Notice tone="warn" className="away">
          This browser’s clock is {formatDistanceStrict(ahead, 0)} {ahead > 0 ? 'ahead of' : 'behind'} the
          engine’s. What is “ago” and “last” here goes by the engine’s.
        </Notice>
      )}
    </div>
  )
}
