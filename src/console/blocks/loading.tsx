const WIDTHS = ['92%', '64%', '81%', '53%', '74%', '47%']

/** Grey lines where text will be. `what` is read out by screen readers. */
export function Loading({ what }: { what: string }) {
  return (
    <div className="card padded stack" role="status">
      <span className="visually-hidden">Loading {what}</span>
      {WIDTHS.map((width) => (
        <span key={width} className="skeleton" style={{ width }} />
      ))}
    </div>
  )
}
