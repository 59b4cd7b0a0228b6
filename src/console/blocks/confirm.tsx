import type { ReactNode } from 'react'
import { Dialog } from './dialog.tsx'

/** Asks before doing something that can't be undone, or that others will notice. `act` names what will be done. */
export function Confirm(props: {
  open: boolean
  title: string
  act: string
  danger?: boolean
  onClose: () => void
  onConfirm: () => void
  children: ReactNode
}) {
  const { open, title, act, danger = false, onClose, onConfirm, children } = props
  const confirm = () => {
    onClose()
    onConfirm()
  }
  const footer = (
    <>
      <button type="button" className="button" onClick={onClose}>
        Cancel
      </button>
      <button type="button" className={danger ? 'button danger' : 'button main'} onClick={confirm}>
        {act}
      </button>
    </>
  )
  return (
    <Dialog open={open} onClose={onClose} title={title} footer={footer}>
      {children}
    </Dialog>
  )
}
