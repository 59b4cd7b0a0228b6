/** JSON strings on the hot path, where `JSON.stringify` of each would be most of the work. */

/** All but what JSON takes as it is. Surrogates are among it: `JSON.stringify` knows which of them stand alone. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/

/** The same as `JSON.stringify(text)`. */
export function quote(text: string): string {
  if (text === '') return '""'
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`
}
