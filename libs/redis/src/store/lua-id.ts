import { LUA_NOW } from '../slots/lua-now.ts';

/**
 * How an id is stored: `S|fingerprint|lease end ms|holder` while it is being sent, `D|fingerprint|settlement` when it is
 * done. Anything else counts as nothing. `S|fingerprint|0|` was abandoned: nobody holds it, and it may have been sent.
 *
 * `isAlive`: a holder is dead when his lease is over, or when his replica fell silent. Silence tells nothing while this
 * replica was not heard of either, nor shortly after everybody was silent: then it was Redis that was away.
 *
 * KEYS: replicas, quiet, ids. ARGV: own replica, ms after which a silent replica is gone.
 */
export const LUA_ID = /* lua */ `${LUA_NOW}
local FIRST_ID = 3
local own, gone = ARGV[1], tonumber(ARGV[2])
local function isHeard(replica)
  local seen = tonumber(redis.call('ZSCORE', KEYS[1], replica))
  return seen ~= nil and seen >= now - gone
end
local silenceTells = isHeard(own) and redis.call('EXISTS', KEYS[2]) == 0
local function isAlive(leaseEnd, holder)
  if tonumber(leaseEnd) < now then return false end
  local replica = string.match(holder, '^(.*):') or holder
  return not silenceTells or replica == own or isHeard(replica)
end
local function read(key)
  local value = redis.call('GET', key)
  if not value then return nil end
  local kind, fingerprint, rest = string.match(value, '^([SD])|([^|]*)|(.*)$')
  if kind == 'S' then
    local leaseEnd, holder = string.match(rest, '^([%d.]+)|(.*)$')
    if not leaseEnd then return nil end
    return { kind = 'S', fingerprint = fingerprint, leaseEnd = leaseEnd, holder = holder }
  end
  return kind and { kind = 'D', fingerprint = fingerprint, settlement = rest }
end
`;
