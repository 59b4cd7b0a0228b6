import { gunzipSync } from 'node:zlib'

/** In one piece of the size that gzip tells at the end, where it is a plausible one: zlib's own are of 16 KiB. Throws what is no gzip. */
export function gunzip(raw: Buffer): Buffer {
  const told = raw.length < SHORTEST ? 0 : raw.readUInt32LE(raw.length - 4)
  // A buffer that is full to the last byte is followed by another one.
  return gunzipSync(raw, { chunkSize: Math.min(Math.max(told + 1, SMALLEST), LARGEST) })
}

const SHORTEST = 18
const [SMALLEST, LARGEST] = [1 << 10, 1 << 26]
