import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Delivery } from '../../engine/deliveries.ts'
import { get } from '../api.ts'
import { Badge, type Tone } from '../blocks/badge.tsx'
import { ErrorNotice } from '../blocks/notice.tsx'
import { Cell, Table } from '../blocks/table.tsx'
import { marked } from '../blocks/turned-text.ts'
import { isRange, settledText } from './settled-text.ts'

const STATES: Readonly<Record<Delivery['state'], readonly [tone: Tone, name: string]>> = {
  delivered: ['good', 'delivered'],
  filtered: ['neutral', 'filtered'],
  dead_lettered: ['bad', 'dead letter'],
  waiting: ['info', 'waiting'],
  not_taken: ['neutral', 'not taken'],
  unknown: ['warn', 'unknown'],
}

/** The event whose deliveries are shown. */
interface Of {
  readonly source: string
  /** Unix seconds. */
  readonly timestamp: number
}

export function Deliveries({ path, event }: { path: string; event: Of }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['deliveries', path],
    queryFn: ({ signal }) => get<{ deliveries: readonly Delivery[] }>(path, signal),
    // Waiting deliveries will still go out.
    refetchInterval: ({ state }) =>
      state.data?.deliveries.some((it) => it.state === 'waiting') ? 5_000 : false,
  })
  return (
    <section className="card deliveries" aria-label="Deliveries">
      <header>
        <h2>Deliveries</h2>
      </header>
      {data === undefined && error !== null && <ErrorNotice error={error} retry={() => refetch()} />}
      {data?.deliveries.length === 0 && <p className="soft nothing">No sink is configured.</p>}
      {data !== undefined && data.deliveries.length > 0 && (
        <Table label="Where this event was delivered" heads={['Sink', 'State', 'When']}>
          {data.deliveries.map((delivery) => (
            <Row key={delivery.sink} delivery={delivery} event={event} />
          ))}
        </Table>
      )}
      {data?.deliveries.some(({ notBefore, notAfter }) => isRange(notBefore, notAfter)) && (
        <p className="soft small nothing">
          Where two times stand, the event was settled by the second one and not before the first: the ledger
          of a sink tells when the events of one minute were settled. Archives and dead letters keep the
          moment of each.
        </p>
      )}
    </section>
  )
}

function Row({ delivery, event }: { delivery: Delivery; event: Of }) {
  const { sink, state, rule, reason, notBefore, notAfter } = delivery
  const [tone, name] = STATES[state] ?? ['neutral', state]
  const why = reason ?? (rule ? `by rule ${rule}` : undefined)
  const day = new Date(event.timestamp * 1000).toISOString().slice(0, 10)
  return (
    <tr>
      <Cell label="Sink">{sink}</Cell>
      <Cell label="State">
        <span className="stack-tight">
          <Badge tone={tone} dot>
            {name}
          </Badge>
          {why !== undefined && <span className="soft small wrap">{marked(why)}</span>}
          {state === 'dead_lettered' && (
            <Link className="small" href={`/dead-letters?${new URLSearchParams({ sink })}`}>
              Dead letters of {sink}
            </Link>
          )}
          {state === 'unknown' && (
            <Link
              className="small"
              href={`/ledger?${new URLSearchParams({ source: event.source, until: day, day })}`}
            >
              Its day in the ledger
              <span className="visually-hidden"> for {sink}</span>
            </Link>
          )}
        </span>
      </Cell>
      <Cell label="When">
        <span className="numbers small">{settledText(notBefore, notAfter)}</span>
      </Cell>
    </tr>
  )
}
