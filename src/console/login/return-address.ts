/** Where the user goes after the login: a page of this console and nothing else, whatever the address says. Pure. */
export function returnAddress(search: string): string {
  const wanted = new URLSearchParams(search).get('next') ?? '/'
  // A browser takes a backslash for a slash: `/\evil` and `//evil` lead to other hosts.
  if (!/^\/(?![/\\])/.test(wanted) || /[\\\p{Cc}]/u.test(wanted)) return '/'
  return /^\/(login|auth|api)(\/|\?|$)/.test(wanted) ? '/' : wanted
}
