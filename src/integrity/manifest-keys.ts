/** Where the manifests of a sink lie in its bucket: `<prefix>manifests/<sink>/00000007.json`. Pure. */

/** `prefix`: of all keys of the sink, empty or ending in a slash. */
export function manifestFolder(prefix: string, sink: string): string {
  return `${prefix}manifests/${encodeURIComponent(sink)}/`
}

export function manifestKey(folder: string, number: number): string {
  return `${folder}${String(number).padStart(8, '0')}.json`
}

/** The number of the manifest that a key, or a path, names; undefined for anything else. */
export function manifestNumber(key: string): number | undefined {
  const [, number] = /(?:^|\/)manifests\/[^/]+\/(\d{8})\.json$/.exec(key) ?? []
  return number === undefined ? undefined : Number(number)
}
