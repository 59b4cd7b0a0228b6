import { isIPv4, isIPv6 } from 'node:net'

/** The first character, then `***`. */
export function maskText(text: string): string {
  return text === '' ? '' : `${String.fromCodePoint(text.codePointAt(0) ?? 0)}***`
}

/** Keeps the network: /24 of an IPv4 address, /48 of an IPv6 one. Anything else is masked as text. */
export function maskAddress(address: string): string {
  if (isIPv4(address)) return `${address.slice(0, address.lastIndexOf('.'))}.0`
  if (!isIPv6(address)) return maskText(address)
  const embedded = address.slice(address.lastIndexOf(':') + 1)
  if (/^::ffff:/i.test(address) && isIPv4(embedded)) return `::ffff:${maskAddress(embedded)}`
  return `${firstGroups(address).join(':')}::`
}

/** The first three groups of an IPv6 address, `::` expanded as far as it reaches into them. */
function firstGroups(address: string): string[] {
  const [left = '', right = ''] = address.replace(/%.*$/, '').split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === '' ? [] : right.split(':')
  const missing = 8 - head.length - tail.length - (right.includes('.') ? 1 : 0)
  const zeros = new Array<string>(address.includes('::') ? missing : 0).fill('0')
  return [...head, ...zeros, ...tail].slice(0, 3)
}
