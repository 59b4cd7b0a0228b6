import { useQuery } from '@tanstack/react-query'
import { format } from 'date-fns'
import { get } from '../api.ts'
import { Badge, type Tone } from '../blocks/badge.tsx'
import { ErrorNotice } from '../blocks/notice.tsx'
import { Cell, Table } from '../blocks/table.tsx'
import { marked } from '../blocks/turned-text.ts'

interface Delivery {
  readonly sink: string
  readonly state: 'delivered' | 'filtered' | 'dead_lettered' | 'waiting' | 'not_taken' | 'unknown'
  readonly rule?: string | null
  readonly reason?: string | null
  /** RFC 3339, null where unknown. */
  readonly notBefore: string | null
  readonly notAfter: string | null
}

const STATES: Readonly<Record<Delivery['state'], readonly [tone: Tone, name: string]>> = {
  delivered: ['good', 'delivered'],
  filtered: ['neutral', 'filtered'],
  dead_lettered: ['bad', 'dead letter'],
  waiting: ['info', 'waiting'],
  not_taken: ['neutral', 'not taken'],
  unknown: ['warn', 'unknown'],
}

const EXPLAINED: Partial<Record<Delivery['state'], string>> = {
  not_taken: 'does not take this source, or was added later',
  unknown: 'the ledger of that minute is gone',
}

export function Deliveries({ path }: { path: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['deliveries', path],
    queryFn: ({ signal }) => get<{ deliveries: readonly Delivery[] }>(path, signal),
    // What waits will go out.
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
            <Row key={delivery.sink} delivery={delivery} />
          ))}
        </Table>
      )}
    </section>
  )
}

function Row({ delivery }: { delivery: Delivery }) {
  const { sink, state, rule, reason, notBefore, notAfter } = delivery
  const [tone, name] = STATES[state] ?? ['neutral', state]
  const why = reason ?? (rule ? `by rule ${rule}` : undefined) ?? EXPLAINED[state]
  return (
    <tr>
      <Cell label="Sink">{sink}</Cell>
      <Cell label="State">
        <span className="stack-tight">
          <Badge tone={tone} dot>
            {name}
          </Badge>
          {why !== undefined && <span className="soft small">{marked(why)}</span>}
        </span>
      </Cell>
      <Cell label="When">
        <span className="numbers small">{between(notBefore, notAfter)}</span>
      </Cell>
    </tr>
  )
}

function between(notBefore: string | null, notAfter: string | null): string {
  if (notBefore === null && notAfter === null) return '—'
  const [first, last] = [notBefore, notAfter].map((at) => (at === null ? '?' : format(at, 'd MMM HH:mm:ss')))
  return first === last ? `${first}` : `${first} – ${last?.slice(-8)}`
}
