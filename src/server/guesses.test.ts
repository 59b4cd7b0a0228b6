import { expect, it, onTestFinished, vi } from 'vitest'
import { createGuesses } from './guesses.ts'

it('reports no wait that a clock set back has made long', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const guesses = createGuesses(1)
  await guesses.count('203.0.113.1')
  vi.setSystemTime(Date.now() - 3_600_000)
  await expect(guesses.allow('203.0.113.1', 'dana')).rejects.toMatchObject({
    status: 429,
    headers: { 'retry-after': '60' },
  })
  vi.advanceTimersByTime(60_000)
  await guesses.allow('203.0.113.1', 'dana')
})
