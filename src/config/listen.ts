interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:8484`, `localhost:0`, `[::1]:8484`. An IPv6 address without brackets would be ambiguous. */
export function parseListen(text: string): ListenAddress | undefined {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+):(\d{1,5})$/i.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535) return undefined
  return { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) }
}
