/** What people see when a login by OpenID Connect did not let them in: why, and how to go on. Looks like the console, without scripts. */
import type { Reply, RequestError } from './route.ts'

/** CSP Level 3, https://www.w3.org/TR/CSP3/: of the console its style and its icon alone. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
}

export function refusedLoginPage({ status, message, headers }: RequestError): Reply {
  const reason = message.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
  return {
    status,
    type: 'text/html; charset=utf-8',
    headers: { ...HEADERS, ...headers },
    body: `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Not logged in · auditferry</title>
    <link rel="icon" href="/assets/app.svg">
    <link rel="stylesheet" href="/assets/app.css">
  </head>
  <body>
    <main class="login">
      <div class="card padded stack">
        <div class="row"><img src="/assets/app.svg" alt="" width="32" height="32"><h1>Not logged in</h1></div>
        <p class="wrap">${reason}</p>
        <div class="row"><a class="button main" href="/auth/login">Try again</a><a class="button" href="/login">Other ways to log in</a></div>
      </div>
    </main>
  </body>
</html>
`,
  }
}
