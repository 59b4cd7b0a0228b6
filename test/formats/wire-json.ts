/** Reads a line of JSON as a protobuf reader or a column store does: more strictly than `JSON.parse`. */
import { expect } from 'vitest'

/** How a text of an event is sent: a lone surrogate is replaced, an empty text is absent. */
export function onTheWire(text: string | undefined): string | undefined {
  return text?.toWellFormed() || undefined
}

/**
 * Reads a line, and throws for whatever such a reader might refuse: line ends, ill-formed UTF-8, empty members, doubled
 * keys.
 */
export function readWireJson(line: string): Record<string, unknown> {
  expect(/[\n\r]/.test(line), 'a line end within the line').toBe(false)
  expect(Buffer.from(line).toString() === line, 'ill-formed text').toBe(true)
  const value = JSON.parse(line, (key: string, child: unknown) => {
    const isEmpty =
      child === null || child === '' || (typeof child === 'object' && Object.keys(child).length === 0)
    expect(isEmpty, `an empty member: ${key}`).toBe(false)
    if (typeof child === 'string') expect(child.isWellFormed(), `ill-formed text in ${key}`).toBe(true)
    return child
  }) as Record<string, unknown>
  expect(JSON.stringify(value) === line, 'a key that is written twice').toBe(true)
  return value
}

/** The value at a path such as `metadata.eventType` or `securityResult.0.action`. */
export function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], value)
}
