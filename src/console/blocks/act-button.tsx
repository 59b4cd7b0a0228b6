import type { ReactNode } from 'react'

/** Does nothing while it is `off`, and keeps the focus meanwhile: a disabled button loses it, and the keyboard its place. */
export function ActButton(props: {
  off: boolean
  className?: string
  onClick: () => void
  children: ReactNode
}) {
  const { off, className = 'button', onClick, children } = props
  return (
    <button
      type="button"
      className={className}
      aria-disabled={off}
      onClick={() => {
        if (!off) onClick()
      }}
    >
      {children}
    </button>
  )
}
