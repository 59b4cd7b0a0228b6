/** The outside world of this sink: something that bytes are appended to. */
import type { CheckResult } from '../../../src/connector.ts'
import type { Tip } from '../../../src/integrity/chain.ts'

export type Content = (atStart: boolean, tip?: Tip) => Uint8Array

export interface Output {
  /**
   * Resolves when the bytes can't be lost any more. `content` is given whether they start the file, and the end of the
   * chain, if there is one. One call at a time. When it throws, nothing of the bytes is left in the file, if possible.
   */
  append(content: Content): Promise<void>
  /** The next append opens the path again. */
  reopen?(): Promise<void>
  check(): Promise<CheckResult>
  close?(): Promise<void>
}
