/**
 * Preloaded: shifts the program's clock by the milliseconds in the file that AUDITFERRY_TEST_CLOCK names; the file is
 * read each time.
 */
import { readFileSync } from 'node:fs'

const RealDate = Date
const offset = () => Number(readFileSync(process.env.AUDITFERRY_TEST_CLOCK, 'utf8') || 0)

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + offset())
    else super(...parts)
  }
  static now() {
    return RealDate.now() + offset()
  }
}
