import type { ReactNode } from 'react'

/** A table with a name, headings and rows of `Cell`; on narrow screens each row becomes a card. */
export function Table(props: { label: string; heads: readonly ReactNode[]; children: ReactNode }) {
  const { label, heads, children } = props
  return (
    <div className="table-frame">
      <table className="table cards">
        <caption className="visually-hidden">{label}</caption>
        <thead>
          <tr>
            {heads.map((head, at) => (
              <th key={typeof head === 'string' ? head : at} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}

/** `label` is the column's name; it is shown where there is no room for headings. */
export function Cell(props: { label?: string; number?: boolean; children: ReactNode }) {
  const { label, number = false, children } = props
  return (
    <td data-label={label} className={number ? 'number' : undefined}>
      {children}
    </td>
  )
}
