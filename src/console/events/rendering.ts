/** JSON is shown on several lines; anything else as it is. */
export function indented(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    return text
  }
}

/** Where a key leads in a row of tabs, which wraps around; undefined for a key that doesn't move. */
export function nextTab(names: readonly string[], here: string, key: string): string | undefined {
  const at = names.indexOf(here)
  if (key === 'Home') return names[0]
  if (key === 'End') return names.at(-1)
  if (key === 'ArrowRight') return names[(at + 1) % names.length]
  return key === 'ArrowLeft' ? names.at(at - 1) : undefined
}
