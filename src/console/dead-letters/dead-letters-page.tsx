import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useSearchParams } from 'wouter'
import type { DeadLetterJson } from '../../engine/dead-letter-json.ts'
import { get } from '../api.ts'
import { useAnnouncement } from '../blocks/action.tsx'
import { EmptyState } from '../blocks/empty-state.tsx'
import { Icon } from '../blocks/icon.tsx'
import { Loading } from '../blocks/loading.tsx'
import { ErrorNotice } from '../blocks/notice.tsx'
import { countText } from '../blocks/number-text.ts'
import { useIsOperator } from '../session.ts'
import { Page } from '../shell/page.tsx'
import { DeadLetterDialog } from './dead-letter-dialog.tsx'
import { DeadLetterFilters } from './dead-letter-filters.tsx'
import { DeadLetterTable } from './dead-letter-table.tsx'
import { sorted } from './order.ts'
import { RetryAll } from './retry-all.tsx'
import { kept, type Selection } from './selection.ts'
import { SelectionBar } from './selection-bar.tsx'

const PAGE = 200
const NONE: readonly DeadLetterJson[] = []

export function DeadLettersPage() {
  const [params, setParams] = useSearchParams()
  const [sink = '', state = '', order = ''] = ['sink', 'state', 'sort'].map((key) => params.get(key) ?? '')
  const [pages, setPages] = useState(1)
  // Sorting must cover more than the first page.
  const limit = (order === '' ? 0 : AT_ONCE - PAGE) + pages * PAGE
  const query = useDeadLetters(sink, state, limit)
  const [picked, pick] = useState<Selection>(new Set())
  const [shown, show] = useState<string>()
  const { announcement, announce } = useAnnouncement()
  const operator = useIsOperator()
  const found = query.data ?? NONE
  const letters = useMemo(() => sorted(found.slice(0, limit), order), [found, limit, order])
  const selection = kept(
    picked,
    letters.map(({ id }) => id),
  )
  const change = (key: string, value: string) => {
    pick(new Set())
    setPages(1)
    setParams(
      (before) => {
        if (value === '') before.delete(key)
        else before.set(key, value)
        return before
      },
      { replace: true },
    )
  }
  return (
    <Page title="Dead letters" beside={<Export sink={sink} />}>
      <DeadLetterFilters sink={sink} state={state} order={order} change={change} />
      {announcement}
      {query.error !== null && <ErrorNotice error={query.error} retry={() => query.refetch()} />}
      {query.isPending && <Loading what="the dead letters" />}
      {query.data && letters.length === 0 && (
        <EmptyState title={sink === '' && state === '' ? 'No dead letters' : 'No dead letters match'}>
          <p className="soft">
            An event that a sink refuses for good lands here with the reason, and waits to be sent again or
            dropped.
          </p>
        </EmptyState>
      )}
      {letters.length > 0 && (
        <>
          {operator && (
            <SelectionBar letters={letters} selection={selection} pick={pick} announce={announce} />
          )}
          {operator && found.length > limit && <RetryAll sink={sink} state={state} announce={announce} />}
          <DeadLetterTable
            letters={letters}
            selection={selection}
            pick={operator ? pick : undefined}
            show={show}
          />
          {found.length > limit && (
            <div className="row">
              <button type="button" className="button" onClick={() => setPages(pages + 1)}>
                Show {PAGE} more
              </button>
              {order !== '' && (
                <span className="small soft">
                  The oldest {countText(limit)} are sorted; more lie behind them.
                </span>
              )}
            </div>
          )}
        </>
      )}
      <DeadLetterDialog letter={letters.find(({ id }) => id === shown)} close={() => show(undefined)} />
    </Page>
  )
}

/** One more than is shown, so that the page knows whether there are more. */
function useDeadLetters(sink: string, state: string, limit: number) {
  return useQuery({
    queryKey: ['dead-letters', sink, state, limit],
    queryFn: ({ signal }) => list(sink, state, limit + 1, signal),
    placeholderData: (before) => before,
    refetchInterval: 10_000,
  })
}

/** The most dead letters in one answer. */
const AT_ONCE = 1_000

async function list(sink: string, state: string, limit: number, signal: AbortSignal) {
  const found: DeadLetterJson[] = []
  while (found.length < limit) {
    const asked = Math.min(AT_ONCE, limit - found.length)
    const last = found.at(-1)
    const search = new URLSearchParams({
      ...(sink !== '' && { sink }),
      ...(state !== '' && { state }),
      ...(last !== undefined && { after: `${last.at},${last.id}` }),
      limit: String(asked),
    })
    const path = `/api/v1/dead-letters?${search}`
    const { deadLetters } = await get<{ deadLetters: DeadLetterJson[] }>(path, signal)
    found.push(...deadLetters)
    if (deadLetters.length < asked) break
  }
  return found
}

function Export({ sink }: { sink: string }) {
  const search = sink === '' ? '' : `?sink=${encodeURIComponent(sink)}`
  return (
    <a className="button push" href={`/api/v1/dead-letters/export${search}`} download>
      <Icon name="download" />
      Export {sink === '' ? 'all' : `all of ${sink}`}
    </a>
  )
}
