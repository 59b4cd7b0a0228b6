import type { ComponentStatus } from '../../ops/status.ts'

/** Whether the component isn't working as it should; its `reason` says why. */
export function isHindered({ state }: ComponentStatus): boolean {
  return state === 'throttled' || state === 'paused' || state === 'stuck'
}
