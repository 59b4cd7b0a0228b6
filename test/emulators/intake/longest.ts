/**
 * Whether an element of a list may be over `bytes` long, printed anew or as it came. Each must have the member `marker` (as in
 * `"uid":`), bytes that no string of JSON holds, so that none reaches over the marks of both of its neighbours. A number such as `1e20` grows
 * by five when it is printed, and nothing grows more.
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
