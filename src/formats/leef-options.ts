import { z } from 'zod'

const EXPECTED = 'expected one character such as ^, or x and its code in hex, such as x09'
/** Characters of keys, numbers, addresses, times, paths and JSON, and those that end the header or a line. */
const NEEDED = /[\p{L}\p{M}\p{N}\p{Cs}\p{Cn}\p{Co} \0\r\n=|\\"'{}[\](),.:/_-]/u

export const leefOptions = z.strictObject({
  version: z
    .literal([1, 2, '1.0', '2.0', '1', '2'], { error: 'expected 1.0 or 2.0' })
    .transform((input) => Math.trunc(Number(input)) as 1 | 2)
    .default(2)
    .describe('Version of LEEF, 1.0 or 2.0; 1.0 separates its pairs by tabs.'),
  delimiter: delimiter()
    .prefault('x09')
    .describe(
      'What separates the pairs in version 2.0: a character, or x and its code in hex (`x09`, a tab).',
    ),
})

export type LeefOptions = z.output<typeof leefOptions>

/** One UTF-16 unit, and how the header writes it. */
interface Delimiter {
  readonly character: string
  readonly written: string
}

function delimiter() {
  return z.string({ error: EXPECTED }).transform((text, context): Delimiter => {
    const hex = /^(?:0x|x)([0-9a-f]{1,4})$/i.exec(text)?.[1]
    const character = hex === undefined ? text : String.fromCharCode(Number.parseInt(hex, 16))
    if (character.length === 1 && !NEEDED.test(character)) return { character, written: written(character) }
    const message = character.length === 1 ? 'can’t be told from the values: take ^ or x09' : EXPECTED
    context.issues.push({ code: 'custom', message, input: text })
    return z.NEVER
  })
}

function written(character: string): string {
  return /^[!-~]$/.test(character) ? character : `x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}
