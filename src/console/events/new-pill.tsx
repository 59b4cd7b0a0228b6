import { Icon } from '../blocks/icon.tsx'
import { countText } from '../blocks/number-text.ts'

/** Counts what has arrived while the user is reading further down or the view is paused. */
export function NewPill(props: { count: number; more: boolean; onClick: () => void }) {
  const { count, more, onClick } = props
  return (
    <div className="pill-place" role="status">
      {count > 0 && (
        <button type="button" className="button main pill" onClick={onClick}>
          <Icon name="up" />
          {countText(count)}
          {more ? ' and more' : ''} new
        </button>
      )}
    </div>
  )
}
