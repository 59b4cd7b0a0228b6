import { rfc3339 } from '../formats/rfc3339.ts'

export function minuteText(minute: number): string {
  return rfc3339(minute * 60)
}
