/** Preloaded: what is published must not name our machines or users. */
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

os.hostname = () => 'demo.example'
os.userInfo = ((userInfo) => () => ({ ...userInfo(), username: 'auditor' }))(
  os.userInfo,
) as typeof os.userInfo
syncBuiltinESMExports()
