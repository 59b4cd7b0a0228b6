import { useId } from 'react'

export interface Field {
  readonly label: string
  /** Empty: not filtered. */
  readonly value: string
  readonly onChange: (value: string) => void
}

type Choices = readonly (readonly [value: string, name: string])[]

/**
 * `all` is the label of the empty value. A value that isn't among the choices (the address may hold any) is shown as it
 * is.
 */
export function SelectField(props: Field & { choices: Choices; all?: string }) {
  const { label, value, onChange, choices, all = 'Any' } = props
  const id = useId()
  const isKnown = value === '' || choices.some(([choice]) => choice === value)
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" value={value} onChange={({ target }) => onChange(target.value)}>
        <option value="">{all}</option>
        {!isKnown && <option value={value}>{value}</option>}
        {choices.map(([choice, name]) => (
          <option key={choice} value={choice}>
            {name}
          </option>
        ))}
      </select>
    </div>
  )
}
