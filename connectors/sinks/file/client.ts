/** The outside world of this sink: something that bytes are appended to. */
import type { CheckResult } from '../../../src/connector.ts'
import type { Tip } from '../../../src/integrity/chain.ts'

export type Content = (atStart: boolean, tip?: Tip) => Uint8Array

export interface Output {
  /**
   * Resolves when the bytes can't be lost any more. `content` is told whether they start the file, and what the chain
   * ends with, if there is one. One call at a time. Throws, with nothing of it left in the file as far as that can be reached.
   */
  append(content: Content): Promise<void>
  /** The next append opens the path anew. */
  reopen?(): Promise<void>
  check(): Promise<CheckResult>
  close?(): Promise<void>
}
