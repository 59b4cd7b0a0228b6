import { expect, it } from 'vitest'
import { addressOf } from './address.ts'

it.each([
  ['postgres://localhost/d?host=db.example', 'db.example/d', true],
  ['postgres://db.example/d?host=/run/postgresql', '/run/postgresql/d', false],
  ['postgres://127.0.0.1:5433/d', '127.0.0.1:5433/d', false],
])('secures the connection to the host that the driver asks: %s', (database, where, isSecure) => {
  const address = addressOf(database, { insecureSkipVerify: false })
  expect([address.where, address.ssl !== false]).toEqual([where, isSecure])
})
