import { type ReactNode, useEffect, useId, useRef } from 'react'
import { Icon } from './icon.tsx'

/** Modal: the browser keeps the focus in it, Esc closes it, and the focus returns to where it was. */
export function Dialog(props: {
  open: boolean
  onClose: () => void
  title: string
  wide?: boolean
  footer?: ReactNode
  children: ReactNode
}) {
  const { open, onClose, title, wide = false, footer, children } = props
  const element = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => {
    const dialog = element.current
    if (open && dialog?.open === false) dialog.showModal()
    if (!open) dialog?.close()
  }, [open])
  return (
    <dialog
      ref={element}
      className={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={heading}
      onClose={onClose}
      closedby="any"
    >
      {open && (
        <>
          {/* No header element: outside the page's content it would count as a second banner. */}
          <div className="head">
            <h2 id={heading}>{title}</h2>
            <button type="button" className="button plain icon push" aria-label="Close" onClick={onClose}>
              <Icon name="close" />
            </button>
          </div>
          <div className="body">{children}</div>
          {footer !== undefined && <footer>{footer}</footer>}
        </>
      )}
    </dialog>
  )
}
