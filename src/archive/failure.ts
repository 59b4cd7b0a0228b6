/** Why an archive can't be written or read, and how an operator can mend it. */
import { OperationError } from '../errors.ts'

/** Its message names the archive, what is wrong, and the cure. */
export class ArchiveFailure extends OperationError {
  /** `retry`: it may pass without any change here. `pause`: an operator must act. */
  readonly kind: 'retry' | 'pause'

  constructor(kind: 'retry' | 'pause', message: string) {
    super(message)
    this.kind = kind
  }
}
