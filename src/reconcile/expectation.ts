/** What a sink should hold of an event that the source shows. */
import type { SinkConfig } from '../config/config.ts'
import { compileRules } from '../deliver/rules.ts'
import { lineFormat } from '../formats/formats.ts'
import { factsOf, type StoredEvent } from '../formats/read-back.ts'

/** Undefined if nothing, because a rule leaves it out. */
export type Expectation = StoredEvent['facts'] | undefined

/** `line` is a native event. */
export type Expect = (line: Uint8Array) => Expectation

export function createExpect(sink: SinkConfig): Expect {
  const rules = compileRules(sink)
  const { header = '' } = lineFormat(sink.format, sink.formatOptions)
  return (line) => {
    const ruling = rules.apply(line)
    return ruling.kind === 'keep'
      ? factsOf(sink.format, Buffer.from(ruling.payload).toString(), header)
      : undefined
  }
}
