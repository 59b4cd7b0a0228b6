import { format } from 'date-fns/format'
import { useEffect, useId, useState } from 'react'
import type { Field } from '../blocks/select-field.tsx'
import { zoneName } from '../blocks/time-text.ts'
import { localMoments, localText } from './local-moments.ts'

/** The value is taken on Enter, on leaving the field, or by choosing one of `values`. */
export function TextFilter({ label, value, onChange, values }: Field & { values: readonly string[] }) {
  const id = useId()
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  const take = (text: string) => {
    const wanted = values.includes(text) ? text : text.trim()
    if (wanted !== value) onChange(wanted)
  }
  const type = (text: string) => {
    setTyped(text)
    if (values.includes(text)) take(text)
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        list={`${id}-values`}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={({ target }) => type(target.value)}
        onBlur={() => take(typed)}
        onKeyDown={({ key }) => key === 'Enter' && take(typed)}
      />
      <datalist id={`${id}-values`}>
        {values.map((text) => (
          <option key={text} value={text} />
        ))}
      </datalist>
    </div>
  )
}

/**
 * Unix seconds outside, a time of this browser's zone inside. If a clock set back shows the time twice, the user
 * chooses below which is meant.
 */
export function TimeFilter({ label, value, onChange }: Field) {
  const id = useId()
  const shown = value === '' ? '' : localText(Number(value))
  const [typed, setTyped] = useState(shown)
  useEffect(() => setTyped(shown), [shown])
  const moments = localMoments(shown)
  const take = () => {
    const [second] = localMoments(typed)
    if (typed === '') onChange('')
    else if (second !== undefined && second >= 0 && String(second) !== value) onChange(String(second))
  }
  return (
    <div className="field">
      <span className="label cut" title={zoneName()}>
        <label htmlFor={id}>{label}</label> <span id={`${id}-zone`}>({zoneName()})</span>
      </span>
      <input
        id={id}
        aria-describedby={`${id}-zone`}
        type="datetime-local"
        step="1"
        className="input"
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        onBlur={() => typed !== shown && take()}
        onKeyDown={({ key }) => key === 'Enter' && typed !== shown && take()}
      />
      {moments.length > 1 && (
        <select
          className="input"
          aria-label={`${label}: before or after the clock is set back`}
          value={value}
          onChange={({ target }) => onChange(target.value)}
        >
          {moments.map((second, at) => (
            <option key={second} value={second}>
              {format(second * 1000, 'xxx')}, {at === 0 ? 'before' : 'after'} the clock is set back
            </option>
          ))}
        </select>
      )}
    </div>
  )
}
