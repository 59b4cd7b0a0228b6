import { SelectField } from '../blocks/select-field.tsx'
import { useStatus } from '../status.ts'
import { ORDERS } from './order.ts'

const STATES = [
  ['parked', 'Parked: wait for a person'],
  ['queued', 'Queued: are sent again'],
  ['replay', 'Replay: sent again after new events'],
] as const

/** Which dead letters are shown and in which order; both are kept in the page's address. */
export function DeadLetterFilters(props: {
  sink: string
  state: string
  order: string
  change: (key: string, value: string) => void
}) {
  const { sink, state, order, change } = props
  const { data } = useStatus()
  const sinks = Object.keys(data?.sinks ?? {}).map((id) => [id, id] as const)
  // Any other value means oldest first.
  const known = ORDERS.some(([one]) => one === order) ? order : ''
  const of = (key: string) => ({ onChange: (value: string) => change(key, value) })
  return (
    <form className="row choosers" onSubmit={(event) => event.preventDefault()}>
      <SelectField {...of('sink')} label="Sink" value={sink} choices={sinks} all="All sinks" />
      <SelectField {...of('state')} label="State" value={state} choices={STATES} all="Parked and queued" />
      <SelectField {...of('sort')} label="Sort by" value={known} choices={ORDERS} all="Oldest first" />
    </form>
  )
}
