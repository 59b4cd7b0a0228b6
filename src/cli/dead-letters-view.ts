/** Dead letters for people. Pure. */
import { indentedJson } from '../lib/json-text.ts'
import { printable } from '../lib/printable.ts'
import type { DeadLetter } from '../spool/store.ts'
import { formatTime, table, wrap } from './terminal.ts'

/** What a list shows of a dead letter. */
export type ListedLetter = Pick<DeadLetter, 'id' | 'sink' | 'at' | 'state' | 'attempts' | 'reason'>

/** One row each, with the reason below; lines of at most `width` columns, but ids are never cut. */
export function renderDeadLetters(letters: readonly ListedLetter[], width: number): string[] {
  if (letters.length === 0) return ['No dead letters.']
  const columns = [
    { title: 'SINK' },
    { title: 'AT' },
    { title: 'STATE' },
    { title: 'ATTEMPTS', align: 'right' as const },
    { title: 'ID' },
  ]
  const rows = letters.map((it) => [it.sink, formatTime(it.at), it.state, String(it.attempts), it.id])
  const widest = letters.reduce((most, { id }) => Math.max(most, id.length), 0)
  const [head = '', ...lines] = table(columns, rows, Math.max(width, widest + 52))
  return [head, ...lines.flatMap((line, i) => [line, ...indented(letters[i]?.reason ?? '', width)])]
}

export function renderDeadLetter(letter: DeadLetter, width: number): string[] {
  const fields = {
    id: letter.id,
    sink: letter.sink,
    source: letter.source,
    uid: letter.uid,
    at: formatTime(letter.at),
    state: letter.state,
    attempts: String(letter.attempts),
    reason: letter.reason,
    answer: letter.unreadable === undefined ? letter.answer : '',
  }
  const event =
    letter.unreadable === undefined
      ? (indentedJson(JSON.parse(letter.event)) ?? '').split('\n')
      : wrap(letter.unreadable, width - 2)
  return [
    ...Object.entries(fields).flatMap(([name, value]) =>
      wrap(value, width - 10).map((line, i) => (i === 0 ? `${name}:` : '').padEnd(10) + line),
    ),
    'event:',
    ...event.map((line) => `  ${printable(line)}`),
  ]
}

function indented(text: string, width: number): string[] {
  return wrap(text, width - 2).map((line) => `  ${line}`)
}
