/** `share` is 0 to 1; `text` says it in words. */
export function ProgressBar(props: { label: string; share: number; text: string; tone?: 'warn' | 'bad' }) {
  const { label, share, text, tone } = props
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 1000) / 10
  return (
    <div
      className={tone === undefined ? 'progress' : `progress ${tone}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(percent)}
      aria-valuetext={text}
    >
      <span style={{ inlineSize: `${percent}%` }} />
    </div>
  )
}
