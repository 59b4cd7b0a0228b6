import type { ComponentStatus } from '../../ops/status.ts'

/** It doesn't work as it should, and says why. */
export function isHindered({ state }: ComponentStatus): boolean {
  return state === 'throttled' || state === 'paused' || state === 'stuck'
}
