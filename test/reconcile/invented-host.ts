/** Preloaded: what is written down for others to see names no machine and no user of ours. */
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

os.hostname = () => 'demo.example'
os.userInfo = ((userInfo) => () => ({ ...userInfo(), username: 'auditor' }))(
  os.userInfo,
) as typeof os.userInfo
syncBuiltinESMExports()
