import { hueOf, initialsOf } from './initials.ts'

/** Initials on a colour of the login: a picture from elsewhere would reveal to its host who is looking at what. */
export function Avatar(props: { login: string; name: string; large?: boolean }) {
  const { login, name, large = false } = props
  return (
    <span
      className={large ? 'avatar large' : 'avatar'}
      aria-hidden="true"
      style={{ '--hue': String(hueOf(login)) } as React.CSSProperties}
    >
      {initialsOf(name === '' ? login : name)}
    </span>
  )
}
