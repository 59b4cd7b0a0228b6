/** `localhost`, 127.0.0.0/8 (RFC 1122, 3.2.1.3) or `::1`, with or without brackets. */
export function isLoopbackHost(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host)
}
