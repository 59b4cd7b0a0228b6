import type { ReactNode } from 'react'

/**
 * A button that does nothing while it is `off`, but can keep the focus: a disabled button would lose it, and keyboard
 * users their place.
 */
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
