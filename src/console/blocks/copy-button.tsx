import { useEffect, useState } from 'react'
import { Icon } from './icon.tsx'

const TOLD_MS = 2_000

/** `what` distinguishes several buttons for users who can't see what each one stands beside. */
export function CopyButton({ text, what }: { text: string; what?: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  useEffect(() => {
    if (state === 'idle') return
    const timer = setTimeout(() => setState('idle'), TOLD_MS)
    return () => clearTimeout(timer)
  }, [state])
  // Without TLS, a browser offers a clipboard only on loopback.
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setState('copied')
    } catch {
      setState('failed')
    }
  }
  const label = { idle: 'Copy', copied: 'Copied', failed: 'The browser forbids it: select and copy' }[state]
  return (
    <button type="button" className="button copy" onClick={copy}>
      <Icon name={state === 'copied' ? 'check' : 'copy'} />
      <span aria-live="polite">{label}</span>
      {what !== undefined && <span className="visually-hidden"> {what}</span>}
    </button>
  )
}
