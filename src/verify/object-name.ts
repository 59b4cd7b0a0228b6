/** What the name of an object says about its events. */

/** An object of the S3 sink is named after the first and last second of its events, and their uids. */
export function nameOf(path: string): { first: number; last: number; hash: string } | undefined {
  const [, first, last, hash] =
    /(?:^|[/-])(-?\d+)-(-?\d+)-([0-9a-f]{12})\.(?:ndjson|jsonl|csv|cef|leef)(?:\.gz|\.zst)?$/.exec(path) ?? []
  return hash === undefined ? undefined : { first: Number(first), last: Number(last), hash }
}
