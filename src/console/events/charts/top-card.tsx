import { Avatar } from '../../blocks/avatar.tsx'
import { ErrorNotice } from '../../blocks/notice.tsx'
import { countText } from '../../blocks/number-text.ts'
import { marked } from '../../blocks/turned-text.ts'
import { WITHOUT_LOGIN } from '../filter-names.ts'
import type { Change } from '../use-filters.ts'
import { useTop } from '../use-top.ts'

const SHOWN = 6

/** Who or what occurs most; with `failures`, only failed events count. A click filters. */
export function TopCard(props: {
  title: string
  field: 'login' | 'address'
  failures?: boolean
  query: string
  change: (change: Change) => void
}) {
  const { title, field, failures = false, query, change } = props
  const parameters = new URLSearchParams(query)
  if (failures) parameters.set('outcome', 'failure')
  const { data, error, isError, refetch } = useTop(field, parameters.toString(), SHOWN)
  const most = Math.max(1, ...(data ?? []).map(({ count }) => count))
  return (
    <section className="card chart-card" aria-label={title}>
      <header>
        <h2>{title}</h2>
      </header>
      {isError && data === undefined && <ErrorNotice error={error} retry={() => refetch()} />}
      {data?.length === 0 && (
        <p className="soft small nothing">
          {failures ? 'Nothing failed in this time' : 'Nobody in this time'}
        </p>
      )}
      <ol className="top-values">
        {data?.map(({ value, count }) => (
          <li key={value}>
            <button
              type="button"
              onClick={() => change({ [field]: value, ...(failures && { outcome: 'failure' }) })}
            >
              {field === 'login' && <Avatar login={value} name={value} />}
              <span className={field === 'address' ? 'mono cut' : 'cut'}>{nameOf(field, value)}</span>
              <span className="numbers push">{countText(count)}</span>
              <span
                className={failures ? 'measure bad' : 'measure'}
                style={{ width: `${(100 * count) / most}%` }}
              />
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}

function nameOf(field: 'login' | 'address', value: string): string {
  return field === 'login' && value === '' ? WITHOUT_LOGIN : marked(value)
}
