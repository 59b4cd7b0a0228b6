/** Whether a text is an IP address, told without a look at `node:net`: the encoding halves know no sockets. */

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
const GROUP = /^[\da-f]{1,4}$/i
const GROUPS = 8
/** `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255` */
const LONGEST = 45

/** Dotted IPv4, or IPv6 as RFC 4291, 2.2 writes it. A zone (`fe80::1%eth0`) means nothing outside its host: false. */
export function isIpAddress(text: string): boolean {
  if (text.length > LONGEST) return false
  return text.includes(':') ? isIpv6(text) : IPV4.test(text)
}

function isIpv6(text: string): boolean {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return false
  const written = groupsOf(head, tail === undefined) + groupsOf(tail ?? '', true)
  return tail === undefined ? written === GROUPS : written < GROUPS
}

/** How many groups of 16 bits the text writes; NaN when one isn't any. Only the last may be dotted, for two. */
function groupsOf(text: string, mayEndDotted: boolean): number {
  if (text === '') return 0
  const parts = text.split(':')
  const isDotted = mayEndDotted && IPV4.test(parts.at(-1) ?? '')
  const hex = isDotted ? parts.slice(0, -1) : parts
  return hex.every((part) => GROUP.test(part)) ? parts.length + (isDotted ? 1 : 0) : Number.NaN
}
