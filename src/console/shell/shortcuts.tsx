import { useState } from 'react'
import { Dialog } from '../blocks/dialog.tsx'
import { Icon } from '../blocks/icon.tsx'
import { useKeys } from './keyboard.ts'

const SHORTCUTS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['j', '↓'], 'the next event'],
  [['k', '↑'], 'the event before'],
  [['Enter'], 'opens the event'],
  [['/'], 'goes to the search'],
  [['p'], 'pauses the live view, and goes on'],
  [['Esc'], 'leaves a field or a dialog; on an event, goes back to the list'],
  [['?'], 'shows this list'],
]

export function Shortcuts() {
  const [open, setOpen] = useState(false)
  useKeys({ '?': () => setOpen(true) })
  return (
    <>
      <button
        type="button"
        className="button plain icon"
        onClick={() => setOpen(true)}
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
      >
        <Icon name="keyboard" />
      </button>
      <Dialog open={open} onClose={() => setOpen(false)} title="Keyboard shortcuts">
        <dl className="shortcuts">
          {SHORTCUTS.map(([keys, what]) => (
            <div key={what}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </Dialog>
    </>
  )
}
