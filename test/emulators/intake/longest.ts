/**
 * Whether an element of a list may be longer than `bytes`, as received or printed again. Each element must have the
 * member `marker` (as in `"uid":`), whose bytes can't be inside a JSON string; so no element reaches past the markers
 * of both its neighbours. Printing grows nothing more than numbers such as `1e20`, which grow fivefold.
 */
export function mayHoldLonger(body: Buffer, marker: string, bytes: number): boolean {
  const most = bytes / (2 * GROWTH)
  let before = 0
  for (let at = body.indexOf(marker); at >= 0; at = body.indexOf(marker, at + 1)) {
    if (at - before > most) return true
    before = at
  }
  return body.length - before > most
}

const GROWTH = 6
