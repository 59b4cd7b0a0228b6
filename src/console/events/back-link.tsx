import { Link } from 'wouter'
import { navigate } from 'wouter/use-browser-location'
import { Icon } from '../blocks/icon.tsx'

/** To the list as it was, where it was. */
export function BackLink() {
  return (
    <Link
      className="button plain back"
      href={`/${listOf(history.state) ?? ''}`}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || listOf(history.state) === undefined) return
        event.preventDefault()
        goBack()
      }}
    >
      <Icon name="left" />
      Events
    </Link>
  )
}

export function goBack(): void {
  if (listOf(history.state) === undefined) navigate('/')
  else history.back()
}

/** The query of the list that one came from. */
function listOf(state: unknown): string | undefined {
  const list = typeof state === 'object' && state !== null && 'list' in state ? state.list : undefined
  return typeof list === 'string' ? list : undefined
}
