/** Options of every connection to a server. */
import { z } from 'zod'
import { faultOfProxy } from '../lib/http/proxy.ts'
import { flag, path, secret } from '../lib/options.ts'

/** The longest that a timer of Node can wait is 2^31 ms, a little over 24 days. */
export const TIMER_LIMIT = '24d'

export const tlsOptions = z.strictObject({
  ca_file: path({ exists: true })
    .optional()
    .describe('Certificates (PEM) to trust instead of the system’s, for a private authority.'),
  cert_file: path({ exists: true }).optional().describe('Client certificate (PEM), for mutual TLS.'),
  key_file: path({ exists: true }).optional().describe('Private key (PEM) of the client certificate.'),
  insecure_skip_verify: flag()
    .default(false)
    .describe('Accept any certificate. Anyone on the way can then read and change what is sent.'),
})

export const connectionOptions = {
  tls: tlsOptions
    .refine((it) => (it.cert_file === undefined) === (it.key_file === undefined), {
      error: 'cert_file and key_file go together',
    })
    .prefault({})
    .describe('TLS towards the server.'),
  proxy: secret()
    .superRefine((it, context) => {
      const message = faultOfProxy(it.reveal())
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    })
    .optional()
    .describe('HTTP proxy, such as http://proxy.example:3128; may carry credentials.'),
}
