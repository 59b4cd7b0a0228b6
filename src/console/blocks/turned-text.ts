/**
 * Control characters that change the direction of the text after them and so can disguise it: a file that ends in
 * `gnp.exe` reads as `exe.png`. https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
 */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** For code: each control as JSON escapes it, `\u202e`. */
export function escaped(text: string): string {
  return text.replace(TURNING, (it) => `\\u${hexOf(it)}`)
}

/** For people: each control as a visible mark, `⟨U+202E⟩`. */
export function marked(text: string): string {
  return text.replace(TURNING, (it) => `⟨U+${hexOf(it).toUpperCase()}⟩`)
}

/** The most characters of a name that are shown. */
const NAME_SHOWN = 2_000

/** A name for people, cut if it is absurdly long: the record beside it has the whole name. */
export function nameText(name: string): string {
  return marked(name.length > NAME_SHOWN ? `${name.slice(0, NAME_SHOWN).toWellFormed()}…` : name)
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0')
}
