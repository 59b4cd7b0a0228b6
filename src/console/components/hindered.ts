import type { ComponentStatus } from '../../ops/status.ts'

/** Whether it does not work as it should; its `reason` says why. */
export function isHindered({ state }: ComponentStatus): boolean {
  return state === 'throttled' || state === 'paused' || state === 'stuck'
}
