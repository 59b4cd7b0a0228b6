import { Link } from 'wouter'
import { navigate } from 'wouter/use-browser-location'
import { Icon } from '../blocks/icon.tsx'
import { listOf } from './came-from.ts'

/** Back to the list as it was, at the same place. */
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
