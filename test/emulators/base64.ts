/**
 * Reads base64 strictly, into memory that the next call reuses. Undefined unless the text is exactly the encoding of
 * its bytes: Node skips characters that don't belong there.
 */
export function createBase64Reader(): (text: string) => Buffer | undefined {
  let bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  return (text) => {
    if (text.length > bytes.length) bytes = Buffer.allocUnsafeSlow(2 * text.length)
    const read = bytes.subarray(0, bytes.write(text, 'base64'))
    return read.toString('base64') === text ? read : undefined
  }
}

const FIRST_BYTES = 1 << 16
