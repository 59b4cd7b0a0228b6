/** Puts generated text between `<!-- name -->` and `<!-- /name -->`; a document without these marks stays as it is. */
export function replaceMarked(document: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const start = document.indexOf(open)
  const end = document.indexOf(close, start)
  if (start < 0 || end < 0) return document
  return `${document.slice(0, start + open.length)}\n\n${content}\n\n${document.slice(end)}`
}
