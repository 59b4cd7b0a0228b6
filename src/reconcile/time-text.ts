/** RFC 3339 without fractions, as in every document. */
export function secondText(second: number): string {
  return new Date(second * 1000).toISOString().replace('.000Z', 'Z')
}

export function minuteText(minute: number): string {
  return secondText(minute * 60)
}
