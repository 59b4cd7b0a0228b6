/** Splits an expression into words by a sticky pattern with one group; white space before each is dropped. */
export function tokensOf(text: string, token: RegExp): string[] {
  const found: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.trimEnd().length) {
    const from = token.lastIndex
    const next = token.exec(text)?.[1]
    if (next === undefined) throw new Error(`not understood: ${text.slice(from)}`)
    found.push(next)
  }
  return found
}
