/** Whether each % of the text begins a code of UTF-8 (RFC 3986, 2.1): a driver that decodes it would fail otherwise. */
export function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
