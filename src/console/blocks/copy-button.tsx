import { useEffect, useState } from 'react'
import { Icon } from './icon.tsx'

const TOLD_MS = 2_000

/** `what`: tells several buttons apart for those who can't see what each stands beside. */
export function CopyButton({ text, what }: { text: string; what?: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  useEffect(() => {
    if (state === 'idle') return
    const timer = setTimeout(() => setState('idle'), TOLD_MS)
    return () => clearTimeout(timer)
  }, [state])
  // Off loopback and without TLS a browser has no clipboard to offer.
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
