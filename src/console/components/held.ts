/** Whether an operator has paused it: what is paused by a refusal is asked again by itself, and can't be resumed. */
export function isHeld({ state, reason }: { readonly state: string; readonly reason: string }): boolean {
  return state === 'paused' && /^paused by /.test(reason)
}
