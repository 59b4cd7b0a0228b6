import { useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'wouter'
import { get } from '../api.ts'
import { ActButton } from '../blocks/act-button.tsx'
import { EmptyState } from '../blocks/empty-state.tsx'
import { Loading } from '../blocks/loading.tsx'
import { ErrorNotice } from '../blocks/notice.tsx'
import { useNow } from '../blocks/time.tsx'
import { useWidth } from '../blocks/use-width.ts'
import { Page } from '../shell/page.tsx'
import { useStatus } from '../status.ts'
import { addDays, dayText, layOut, type Span, secondsOf, spanOf, weeksThatFit } from './calendar.ts'
import { CalendarGrid, Legend } from './calendar-grid.tsx'
import { DayPanel } from './day-panel.tsx'
import { knownOf, type Ledger } from './ledger-day.ts'

export function LedgerPage() {
  const status = useStatus()
  const sources = Object.keys(status.data?.sources ?? {})
  const [params, setParams] = useSearchParams()
  const source = params.get('source') ?? sources[0]
  return (
    <Page title="Ledger">
      <p className="soft">
        Each square is a day in UTC: what was read of the source, and whether every sink has it. Choose one to
        check it against the source.
      </p>
      {status.error !== null && <ErrorNotice error={status.error} retry={() => status.refetch()} />}
      {status.isPending && <Loading what="the sources" />}
      {status.data && source === undefined && <EmptyState title="No source is configured" />}
      {sources.length > 1 && (
        <div className="field chooser">
          <label htmlFor="ledger-source">Source</label>
          <select
            id="ledger-source"
            className="input"
            value={source}
            onChange={({ target }) => setParams({ source: target.value }, { replace: true })}
          >
            {sources.map((id) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </div>
      )}
      {status.data && source !== undefined && <SourceLedger key={source} source={source} />}
    </Page>
  )
}

const LEAST_SIDE = 27
const MOST_SIDE = 40
const MARGIN = 44

function SourceLedger({ source }: { source: string }) {
  const [place, width] = useWidth<HTMLDivElement>()
  const [params, setParams] = useSearchParams()
  const today = dayText(useNow(60_000))
  const weeks = weeksThatFit(width - MARGIN, LEAST_SIDE)
  const side = Math.min(MOST_SIDE, Math.max(LEAST_SIDE, Math.floor((width - MARGIN) / weeks)))
  const until = params.get('until') ?? today
  const span = spanOf(/^\d{4}-\d\d-\d\d$/.test(until) && until < today ? until : today, weeks)
  const ledger = useLedger(source, span, width > 0)
  const chosen = params.get('day') ?? undefined
  const change = (key: string, value: string) =>
    setParams(
      (before) => {
        before.set(key, value)
        return before
      },
      { replace: true },
    )
  return (
    <>
      <section className="card padded stack" aria-label={`Ledger of ${source}`}>
        <div className="row">
          <strong>
            {span.first} to {span.last} UTC
          </strong>
          <span className="pages push">
            <button type="button" className="button" onClick={() => change('until', addDays(span.first, -1))}>
              Earlier
            </button>
            <ActButton
              off={span.last === today}
              onClick={() => change('until', addDays(span.last, 7 * weeks))}
            >
              Later
            </ActButton>
          </span>
        </div>
        <div ref={place} className="calendar-place" aria-busy={ledger.isFetching}>
          {ledger.isPending && <Loading what="the days" />}
          {ledger.data && (
            <CalendarGrid
              calendar={layOut(ledger.data, span)}
              span={span}
              side={side}
              chosen={chosen}
              choose={(day) => change('day', day)}
            />
          )}
        </div>
        {ledger.error !== null && <ErrorNotice error={ledger.error} retry={() => ledger.refetch()} />}
        <Legend />
      </section>
      {chosen !== undefined && (
        <DayPanel
          key={chosen}
          source={source}
          day={chosen}
          known={ledger.data && knownOf(ledger.data, chosen)}
        />
      )}
    </>
  )
}

function useLedger(source: string, span: Span, enabled: boolean) {
  const { from, to } = secondsOf(span)
  const search = new URLSearchParams({ source, from: String(from), to: String(to) })
  return useQuery<Ledger>({
    queryKey: ['ledger', source, from, to],
    queryFn: ({ signal }) => get<Ledger>(`/api/v1/ledger?${search}`, signal),
    enabled,
    placeholderData: (before) => before,
    refetchInterval: 30_000,
  })
}
