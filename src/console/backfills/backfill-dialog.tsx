import { type FormEvent, type ReactNode, useId, useState } from 'react'
import type { BackfillOrder } from '../../engine/engine-api.ts'
import type { Status } from '../../ops/status.ts'
import { type Announce, useAction } from '../blocks/action.tsx'
import { useClock } from '../blocks/clock.ts'
import { Dialog } from '../blocks/dialog.tsx'
import { type Draft, fieldText, MOST_PARALLEL, orderOf, type Problems } from './order.ts'

const DAY_MS = 86_400_000

interface Props {
  readonly open: boolean
  readonly close: () => void
  readonly status: Status
  readonly announce: Announce
}

/** Starts a backfill, or continues one. */
export function BackfillDialog({ open, close, status, announce }: Props) {
  return (
    <Dialog open={open} onClose={close} title="Begin a backfill">
      <OrderForm close={close} status={status} announce={announce} />
    </Dialog>
  )
}

function OrderForm({ close, status, announce }: Omit<Props, 'open'>) {
  const now = useClock()
  const [draft, setDraft] = useState<Draft>(() => firstDraft(status, now()))
  const [problems, setProblems] = useState<Problems>({})
  const begin = useAction<BackfillOrder>(announce, {
    path: () => '/api/v1/backfills',
    body: (order) => order,
    done: (_, { source, dryRun }) => ({
      tone: 'good',
      text: dryRun
        ? `A dry run over ${source} has begun: it counts only.`
        : `A backfill of ${source} has begun.`,
    }),
    changes: ['backfills'],
  })
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const made = orderOf(draft, now())
    if ('problems' in made) return setProblems(made.problems)
    begin.mutate(made.order)
    close()
  }
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <Field label="Source" problem={problems.source}>
        {(field) => (
          <select {...field} value={draft.source} onChange={({ target }) => set({ source: target.value })}>
            {Object.keys(status.sources).map((id) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        )}
      </Field>
      <div className="pair">
        <Field label="From (UTC, inclusive)" problem={problems.from}>
          {(field) => (
            <input
              {...field}
              type="datetime-local"
              value={draft.from}
              onChange={({ target }) => set({ from: target.value })}
            />
          )}
        </Field>
        <Field label="To (UTC, exclusive)" problem={problems.to}>
          {(field) => (
            <input
              {...field}
              type="datetime-local"
              value={draft.to}
              onChange={({ target }) => set({ to: target.value })}
            />
          )}
        </Field>
      </div>
      <Field label={`Parts read at the same time, 1 to ${MOST_PARALLEL}`} problem={problems.parallel}>
        {(field) => (
          <input
            {...field}
            type="number"
            min={1}
            max={MOST_PARALLEL}
            value={draft.parallel}
            onChange={({ target }) => set({ parallel: target.value })}
          />
        )}
      </Field>
      <Sinks all={Object.keys(status.sinks)} picked={draft.sinks} pick={(sinks) => set({ sinks })} />
      <label className="choice">
        <input
          type="checkbox"
          className="check"
          checked={draft.dryRun}
          onChange={({ target }) => set({ dryRun: target.checked })}
        />
        Dry run: only count the events, and how many of them are new
      </label>
      <div className="row">
        <button type="button" className="button push" onClick={close}>
          Not now
        </button>
        <button type="submit" className="button main">
          {draft.dryRun ? 'Begin the dry run' : 'Begin the backfill'}
        </button>
      </div>
    </form>
  )
}

function Sinks(props: {
  all: readonly string[]
  picked: readonly string[]
  pick: (sinks: string[]) => void
}) {
  const { all, picked, pick } = props
  const change = (id: string, wanted: boolean) =>
    pick(wanted ? [...picked, id] : picked.filter((one) => one !== id))
  return (
    <fieldset className="choices">
      <legend className="small soft">Only for these sinks; none picked: for all that take the source</legend>
      {all.map((id) => (
        <label key={id} className="choice">
          <input
            type="checkbox"
            className="check"
            checked={picked.includes(id)}
            onChange={({ target }) => change(id, target.checked)}
          />
          {id}
        </label>
      ))}
    </fieldset>
  )
}

interface FieldProps {
  readonly id: string
  readonly className: string
  readonly 'aria-invalid': boolean
  readonly 'aria-describedby': string
}

function Field(props: {
  label: string
  problem: string | undefined
  children: (field: FieldProps) => ReactNode
}) {
  const { label, problem = '', children } = props
  const id = useId()
  const field = {
    id,
    className: 'input',
    'aria-invalid': problem !== '',
    'aria-describedby': `${id}-problem`,
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(field)}
      <span id={`${id}-problem`} className="small problem" role="alert">
        {problem}
      </span>
    </div>
  )
}

/** The week before the last full hour. */
function firstDraft(status: Status, now: number): Draft {
  const hour = Math.floor(now / 3_600_000) * 3_600_000
  const [source = ''] = Object.keys(status.sources)
  return {
    source,
    from: fieldText(hour - 7 * DAY_MS),
    to: fieldText(hour),
    parallel: '8',
    sinks: [],
    dryRun: false,
  }
}
