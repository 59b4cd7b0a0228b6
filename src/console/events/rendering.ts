/** JSON is shown over several lines; anything else as it is. */
export function indented(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    return text
  }
}

/** Where a key leads in a row of tabs, in a ring; undefined for a key that leads nowhere. */
export function nextTab(names: readonly string[], here: string, key: string): string | undefined {
  const at = names.indexOf(here)
  if (key === 'Home') return names[0]
  if (key === 'End') return names.at(-1)
  if (key === 'ArrowRight') return names[(at + 1) % names.length]
  return key === 'ArrowLeft' ? names.at(at - 1) : undefined
}
