/** `1 record`, `2000 records`; with a verb `1 record waits`. A noun whose plural is not its singular with an s comes as both. */
export function counted(
  count: number,
  noun: string | readonly [one: string, more: string],
  verb?: readonly [forOne: string, forMore: string],
): string {
  const predicate = verb === undefined ? '' : ` ${verb[count === 1 ? 0 : 1]}`
  const [one, more] = typeof noun === 'string' ? [noun, `${noun}s`] : noun
  return `${count} ${count === 1 ? one : more}${predicate}`
}
