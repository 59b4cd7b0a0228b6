/** `events` since the last call; `position`: Unix seconds, going down; `share` of the whole that is done. */
export type LookAtReconcile = (events: number, position: number, share: number) => void
