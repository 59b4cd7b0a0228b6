/**
 * Controls that turn the direction of the text after them, and so let it read as what it is not: `exe.png` for a file that
 * ends in `gnp.exe`. https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
 */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** For code: each as JSON writes it, `\u202e`. */
export function escaped(text: string): string {
  return text.replace(TURNING, (it) => `\\u${hexOf(it)}`)
}

/** For people: each as a mark, `⟨U+202E⟩`. */
export function marked(text: string): string {
  return text.replace(TURNING, (it) => `⟨U+${hexOf(it).toUpperCase()}⟩`)
}

/** Characters of a name that people are shown. */
const NAME_SHOWN = 2_000

/** A name for people, cut if it is absurdly long: the record beside it has all of it. */
export function nameText(name: string): string {
  return marked(name.length > NAME_SHOWN ? `${name.slice(0, NAME_SHOWN).toWellFormed()}…` : name)
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0')
}
