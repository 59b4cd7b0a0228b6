/** `1 record`, `2000 records`; with a verb `1 record waits`. For nouns whose plural ends in a plain s. */
export function counted(
  count: number,
  noun: string,
  verb?: readonly [forOne: string, forMore: string],
): string {
  const predicate = verb === undefined ? '' : ` ${verb[count === 1 ? 0 : 1]}`
  return `${count} ${noun}${count === 1 ? '' : 's'}${predicate}`
}
