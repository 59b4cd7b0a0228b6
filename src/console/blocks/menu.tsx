import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { Icon, type IconName } from './icon.tsx'

/** A button that opens a list of links or buttons. A choice, Esc, a click elsewhere, or leaving it by Tab closes it. */
export function Menu(props: { label: string; icon: IconName; children: ReactNode }) {
  const { label, icon, children } = props
  const [open, setOpen] = useState(false)
  const place = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLUListElement>(null)
  const id = useId()
  useEffect(() => {
    if (!open) return
    const close = ({ target }: Event) => {
      if (!(target instanceof Node && place.current?.contains(target))) setOpen(false)
    }
    const goBack = () => {
      setOpen(false)
      button.current?.focus()
    }
    const onKey = ({ key }: KeyboardEvent) => {
      if (key === 'Escape') goBack()
    }
    const onClick = ({ target }: Event) => {
      if (target instanceof Node && list.current?.contains(target)) goBack()
    }
    document.addEventListener('pointerdown', close)
    document.addEventListener('focusin', close)
    document.addEventListener('keydown', onKey)
    document.addEventListener('click', onClick)
    return () => {
      document.removeEventListener('pointerdown', close)
      document.removeEventListener('focusin', close)
      document.removeEventListener('keydown', onKey)
      document.removeEventListener('click', onClick)
    }
  }, [open])
  return (
    <div className="menu" ref={place}>
      <button
        ref={button}
        type="button"
        className="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <Icon name={icon} />
        {label}
        <Icon name="down" />
      </button>
      <ul ref={list} id={id} hidden={!open}>
        {children}
      </ul>
    </div>
  )
}
