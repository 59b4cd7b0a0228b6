/** `selection and not 1 of filter_*`: the condition of a Sigma rule. */
export type Condition = (holds: (name: string) => boolean) => boolean

/** Throws if the condition is outside the subset, names an unknown selection, or leaves one out. */
export function compileCondition(text: string, names: readonly string[]): Condition {
  const tokens = text.match(/[()]|[\w*]+|[^\s\w()*]+/g) ?? []
  const used = new Set<string>()
  let at = 0
  const take = (token: string): boolean => {
    if (tokens[at] !== token) return false
    at += 1
    return true
  }
  const or = (): Condition => {
    const parts = [and()]
    while (take('or')) parts.push(and())
    return (holds) => parts.some((it) => it(holds))
  }
  const and = (): Condition => {
    const parts = [not()]
    while (take('and')) parts.push(not())
    return (holds) => parts.every((it) => it(holds))
  }
  const not = (): Condition => {
    if (!take('not')) return operand()
    const inner = not()
    return (holds) => !inner(holds)
  }
  const operand = (): Condition => {
    if (take('(')) {
      const inner = or()
      if (!take(')')) throw new Error(`) is missing in ${text}`)
      return inner
    }
    const quantifier = tokens[at + 1] === 'of' ? tokens[at] : undefined
    if (quantifier !== undefined) at += 2
    const pattern = tokens[at++] ?? ''
    if (quantifier === undefined) return chosen([pattern], false)
    if (quantifier !== '1' && quantifier !== 'all')
      throw new Error(`${quantifier} of is outside of the subset`)
    const stem = pattern === 'them' ? '' : pattern.replace(/\*$/, '')
    return chosen(
      names.filter((name) => name.startsWith(stem)),
      quantifier === 'all',
    )
  }
  const chosen = (list: readonly string[], every: boolean): Condition => {
    if (list.length === 0 || list.some((name) => !names.includes(name))) {
      throw new Error(`the condition ${text} names no selection: ${list.join(', ')}`)
    }
    for (const name of list) used.add(name)
    return (holds) => (every ? list.every(holds) : list.some(holds))
  }
  const whole = or()
  if (at < tokens.length) throw new Error(`${tokens[at]} is too much in ${text}`)
  const idle = names.filter((name) => !used.has(name))
  if (idle.length > 0) throw new Error(`the condition does not use ${idle.join(', ')}`)
  return whole
}
