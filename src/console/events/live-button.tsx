import { Icon } from '../blocks/icon.tsx'

const TEXTS = { connecting: 'Connecting', live: 'Live', lost: 'Reconnecting' } as const
const CLASSES = { connecting: '', live: 'following', lost: 'lost' } as const

/** Whether new events appear by themselves; a click pauses and resumes that. */
export function LiveButton(props: { live: keyof typeof TEXTS; paused: boolean; onClick: () => void }) {
  const { live, paused, onClick } = props
  const text = paused ? 'Paused' : TEXTS[live]
  return (
    <button
      type="button"
      className={`button plain push live ${paused ? '' : CLASSES[live]}`}
      aria-pressed={!paused}
      aria-label={`Live view: ${text.toLowerCase()}`}
      title={paused ? 'Go on (p)' : 'Pause (p)'}
      onClick={onClick}
    >
      <span className="dot" />
      {text}
      <Icon name={paused ? 'play' : 'pause'} />
    </button>
  )
}
