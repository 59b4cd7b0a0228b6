import { useQuery } from '@tanstack/react-query'
import type { Status } from '../../ops/status.ts'
import { get } from '../api.ts'
import { ORDERS } from './order.ts'

const STATES = [
  ['', 'Parked and queued'],
  ['parked', 'Parked: wait for a person'],
  ['queued', 'Queued: are sent again'],
  ['replay', 'Replay: sent again after new events'],
] as const

/** Which dead letters are shown, and in which order; all of it stands in the address. */
export function DeadLetterFilters(props: {
  sink: string
  state: string
  order: string
  change: (key: string, value: string) => void
}) {
  const { sink, state, order, change } = props
  const { data } = useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => get<Status>('/api/v1/status', signal),
  })
  const sinks = new Set([...Object.keys(data?.sinks ?? {}), ...(sink === '' ? [] : [sink])])
  const ofSinks = [['', 'All sinks'] as const, ...[...sinks].map((id) => [id, id] as const)]
  return (
    <form className="row choosers" onSubmit={(event) => event.preventDefault()}>
      <Chooser name="sink" label="Sink" value={sink} options={ofSinks} change={change} />
      <Chooser name="state" label="State" value={state} options={STATES} change={change} />
      <Chooser name="sort" label="Sort by" value={order} options={ORDERS} change={change} />
    </form>
  )
}

function Chooser(props: {
  name: string
  label: string
  value: string
  options: readonly (readonly [value: string, text: string])[]
  change: (key: string, value: string) => void
}) {
  const { name, label, value, options, change } = props
  return (
    <div className="field">
      <label htmlFor={`letter-${name}`}>{label}</label>
      <select
        id={`letter-${name}`}
        className="input"
        value={value}
        onChange={({ target }) => change(name, target.value)}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}
