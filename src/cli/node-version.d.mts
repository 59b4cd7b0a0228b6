export const NODE_FLOOR: string
export const NODE_FLAGS: readonly string[]
export const NODE_ENVIRONMENT: Readonly<Record<string, string>>
export function isNewEnough(version: string): boolean
export function bundledNode(): string | undefined
