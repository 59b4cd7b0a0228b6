-- For the scripts after this one that take long lists of arguments and add up digests.

-- Returns the next argument.
local at = 0
local function take()
  at = at + 1
  return ARGV[at]
end

-- Adds modulo 2^128, 16 bytes big endian: the digest of src/ledger/digest.ts.
local function add(left, right)
  local sum, carry = {}, 0
  for i = 16, 1, -1 do
    local byte = left:byte(i) + right:byte(i) + carry
    sum[i] = string.char(byte % 256)
    carry = byte > 255 and 1 or 0
  end
  return table.concat(sum)
end
