import { isIPv6 } from 'node:net'

/**
 * What one subscriber has: an IPv4 address, or the /64 of an IPv6 one, within which a machine may use any address
 * (RFC 4291, 2.5.1; RFC 8981).
 */
export function blockOf(address: string): string {
  const [bare = ''] = address.split('%')
  if (!isIPv6(bare)) return address
  // The standard's serializer turns every spelling into one: https://url.spec.whatwg.org/#concept-ipv6-serializer
  const text = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const [head = [], tail] = text.split('::').map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length
  const groups = [...head, ...Array<string>(zeros).fill('0'), ...(tail ?? [])]
  return `${groups.slice(0, 4).join(':')}::/64`
}
