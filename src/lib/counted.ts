/** `1 record`, `2000 records`. For nouns whose plural ends in a plain s. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
