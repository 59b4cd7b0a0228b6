import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { ReconcileProgress } from '../../engine/reconciles.ts'
import type { Reconciliation } from '../../reconcile/result.ts'
import { get } from '../api.ts'
import { ActButton } from '../blocks/act-button.tsx'
import { Confirm } from '../blocks/confirm.tsx'
import { ErrorNotice } from '../blocks/notice.tsx'
import { plural, shareText } from '../blocks/number-text.ts'
import { ProgressBar } from '../blocks/progress-bar.tsx'
import { useIsOperator, useMe, usePost } from '../session.ts'
import { secondsOf } from './calendar.ts'
import { isRepairable } from './findings.ts'
import { describeSink, type KnownDay, longDay } from './ledger-day.ts'
import { ReconcileResult } from './reconcile-result.tsx'

/** A day: what the ledger says about it and, once it has been checked, what the source and the sinks say. */
export function DayPanel({
  source,
  day,
  known,
}: {
  source: string
  day: string
  /** Undefined until the ledger is read. */
  known: KnownDay | undefined
}) {
  const operator = useIsOperator()
  const me = useMe()
  const { result, check } = useReconcile(source, day)
  const [asks, setAsks] = useState(false)
  const heading = useRef<HTMLHeadingElement>(null)
  // Choosing a day checks it at once, unless the user may only look.
  const first = useRef(true)
  useEffect(() => {
    if (!operator || !first.current) return
    first.current = false
    check(false)
  }, [operator, check])
  // In braces: newer browsers return a promise, and an effect must not return one.
  useEffect(() => {
    heading.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  return (
    <section className="card" aria-labelledby="day">
      <header>
        <h2 id="day" ref={heading}>
          {longDay(day)} UTC
        </h2>
        {operator && (
          <ActButton className="button push" off={result.isPending} onClick={() => check(false)}>
            Check again
          </ActButton>
        )}
      </header>
      <div className="stack day-body">
        {known && <LedgerWords known={known} />}
        {me.data && !operator && (
          <p className="soft">To check the day against the source takes the role of an operator.</p>
        )}
        {result.isPending && <UnderWay source={source} />}
        {result.error !== null && <ErrorNotice error={result.error} retry={() => check(false)} />}
        <div role="status" aria-live="polite">
          {result.data && <ReconcileResult result={result.data} />}
        </div>
        {operator && result.data && isRepairable(result.data) && (
          <div className="row">
            <button type="button" className="button main" onClick={() => setAsks(true)}>
              Repair…
            </button>
            <span className="small soft">brings what is missing</span>
          </div>
        )}
        <Confirm
          open={asks}
          title={`Repair ${day}?`}
          act="Repair"
          onClose={() => setAsks(false)}
          onConfirm={() => check(true)}
        >
          <p>
            The day is read again from {source}; what the ledger lacks is spooled for every sink, and what a
            sink alone lacks is sent to it again, with the same uids. Nothing is removed.
          </p>
        </Confirm>
      </div>
    </section>
  )
}

function useReconcile(source: string, day: string) {
  const post = usePost()
  const client = useQueryClient()
  const result = useMutation({
    mutationFn: (repair: boolean) =>
      post<Reconciliation>('/api/v1/reconcile', { source, ...secondsOf({ first: day, last: day }), repair }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['ledger', source] }),
  })
  return { result, check: result.mutate }
}

function LedgerWords({ known: { ledger, unread } }: { known: KnownDay }) {
  if (ledger === undefined) {
    return (
      <p>
        The ledger knows no events of this day.
        {unread &&
          (unread.partlyRead
            ? ' Only a part of it was read: a backfill brings the rest.'
            : ' It was never read: a backfill reads it.')}
      </p>
    )
  }
  return (
    <>
      <p>
        The ledger knows {plural(ledger.events, 'event')}
        {ledger.gaps > 0 && ` and ${plural(ledger.gaps, 'gap')}`}.
        {ledger.partlyRead && ' Only a part of the day was read: a backfill brings the rest.'}
      </p>
      <ul className="plain-list">
        {Object.entries(ledger.sinks).map(([id, sink]) => (
          <li key={id}>
            <strong>{id}</strong>: {describeSink(sink)}
          </li>
        ))}
      </ul>
    </>
  )
}

function UnderWay({ source }: { source: string }) {
  const { data } = useQuery({
    queryKey: ['reconcile'],
    queryFn: ({ signal }) => get<{ reconciles: ReconcileProgress[] }>('/api/v1/reconcile', signal),
    refetchInterval: 500,
    staleTime: 0,
  })
  const mine = data?.reconciles.find((it) => it.source === source)
  const text =
    mine === undefined
      ? 'Begins to read the source'
      : `${plural(mine.events, 'event')} read, ${shareText(mine.share)}`
  return (
    <div className="stack">
      <p className="small soft">{text}</p>
      <ProgressBar label="How far the check is" share={mine?.share ?? 0} text={text} />
    </div>
  )
}
