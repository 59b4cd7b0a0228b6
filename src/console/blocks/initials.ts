/** One or two letters: of the first and the last word, `Dana O` → `DO`, `ci-deploy` → `CD`. */
export function initialsOf(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '')
  const [first, last] = [words[0], words.length > 1 ? words.at(-1) : undefined]
  if (first === undefined) return '?'
  return `${letter(first)}${last === undefined ? '' : letter(last)}`
}

/** Degrees; the same login has the same colour everywhere. FNV-1a over UTF-16 units. */
export function hueOf(login: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < login.length; at += 1) {
    hash = Math.imul(hash ^ login.charCodeAt(at), 0x01000193)
  }
  return (hash >>> 0) % 360
}

function letter(word: string): string {
  return (Array.from(word)[0] ?? '').toLocaleUpperCase('en')
}
