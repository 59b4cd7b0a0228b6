import { isIPv4, isIPv6 } from 'node:net'

/** How many bits of an address stay. */
interface Prefix {
  readonly v4: number
  readonly v6: number
}

const NETWORK: Prefix = { v4: 24, v6: 48 }

/** The first character, then `***`. */
export function maskText(text: string): string {
  return text === '' ? '' : `${String.fromCodePoint(text.codePointAt(0) ?? 0)}***`
}

/** Keeps the network. Anything but an address is masked as text. */
export function maskAddress(address: string, prefix: Prefix = NETWORK): string {
  if (isIPv4(address)) return masked(address.split('.').map(Number), prefix.v4, 8).join('.')
  if (!isIPv6(address)) return maskText(address)
  const embedded = address.slice(address.lastIndexOf(':') + 1)
  if (/^::ffff:/i.test(address) && isIPv4(embedded)) return `::ffff:${maskAddress(embedded, prefix)}`
  const groups = masked(groupsOf(address), prefix.v6, 16).map((group) => group.toString(16))
  const shown = Math.ceil(prefix.v6 / 16)
  return shown === groups.length ? groups.join(':') : `${groups.slice(0, shown).join(':')}::`
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const plain = address.replace(/%.*$/, '').replace(/\d+\.\d+\.\d+\.\d+$/, asGroups)
  const [left = '', right = ''] = plain.split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === '' ? [] : right.split(':')
  const zeros = new Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16))
}

/** `192.0.2.33` → `c000:221`. */
function asGroups(embedded: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = embedded.split('.').map(Number)
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

/** Parts of `width` bits each, all zero after the first `bits`. */
function masked(parts: readonly number[], bits: number, width: number): number[] {
  return parts.map((part, index) => {
    const kept = Math.min(width, Math.max(0, bits - index * width))
    const unit = 2 ** (width - kept)
    return Math.floor(part / unit) * unit
  })
}
