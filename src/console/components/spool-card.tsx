import type { ReactNode } from 'react'
import type { Status } from '../../ops/status.ts'
import { bytesText, plural, shareText } from '../blocks/number-text.ts'
import { ProgressBar } from '../blocks/progress-bar.tsx'

/** How full the spool is: when it is full, polling stops. */
export function SpoolCard({ spool, children }: { spool: Status['spool']; children: ReactNode }) {
  const { events, bytes, limitBytes } = spool
  const share = limitBytes === 0 ? 0 : bytes / limitBytes
  const text = `${plural(events, 'event')}, ${bytesText(bytes)} of ${bytesText(limitBytes)} (${shareText(share)})`
  const tone = share >= 0.9 ? 'bad' : share >= 0.7 ? 'warn' : undefined
  return (
    <section className="card padded spool" aria-labelledby="spool">
      <h2 id="spool">Spool</h2>
      <span className="small">{text}</span>
      <span className="small soft">{children}</span>
      <ProgressBar label="How full the spool is" share={share} text={text} {...(tone && { tone })} />
    </section>
  )
}
