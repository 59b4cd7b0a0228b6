/** The kind of address a text is; undefined if it is none, or contains more (a port, a zone). */
export function addressVersion(text: string): 4 | 6 | undefined {
  if (IPV4.test(text)) return 4
  return IPV6_CHARACTERS.test(text) && URL.canParse(`http://[${text}]/`) ? 6 : undefined
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
const IPV6_CHARACTERS = /^[\da-f:.]{2,45}$/i

export function isAddress(text: string | undefined): boolean {
  return text !== undefined && addressVersion(text) !== undefined
}
