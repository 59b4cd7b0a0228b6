import { type Announce, useAction } from '../blocks/action.tsx'
import { plural } from '../blocks/number-text.ts'

/** Which ones: those named, or all, or one sink's; the latter two optionally only those in one state. */
interface Retried {
  readonly ids?: readonly string[]
  readonly all?: true
  readonly sink?: string
  readonly state?: string
}

/** Queues dead letters to be sent again. */
export function useRetry(announce: Announce) {
  return useAction<Retried, { queued: number }>(announce, {
    path: () => '/api/v1/dead-letters/retry',
    body: (wanted) => wanted,
    done: ({ queued }) => ({
      tone: 'good',
      text: `${plural(queued, 'dead letter')} queued to be sent again.`,
    }),
    changes: ['dead-letters'],
  })
}
