import { LUA_NOW } from '../slots/lua-now.ts';

/**
 * How messages are stored: a hash under the key, with a field for each status: `P|lease end ms|call|holder` while it is
 * being told, `D|told µs|news` when it was told; `wamid` is the WhatsApp id. A WhatsApp id whose key is not known has such
 * a hash of its own. Once news with both have come, its statuses are in the key's hash, and its own says only `key`: of a
 * status that was told under both the first stays, of one that is being told under both the longer lease.
 *
 * `eachNews`: what `act` answers for the hash and the status of each news, in order. When a WhatsApp id belongs to another
 * key than was given, nothing is done at all, and the answers are `of|` and that key for those, and '' for the others: a
 * script touches no keys that were not named to it, so they are to be named.
 *
 * KEYS: for each news the hash of its key, or of its WhatsApp id when it has none; the hash of its WhatsApp id, or the
 * first again. ARGV: time to live ms; for each news its key, WhatsApp id, status and text; then from OWN on the script's.
 */
export const LUA_NEWS = /* lua */ `${LUA_NOW}
local OWN = 2 + #KEYS * 2
local function toldUs(value) return tonumber(string.match(value or '', '^D|(%d+)|')) end
local function fieldsOf(hash)
  local fields, list = {}, redis.call('HGETALL', hash)
  for index = 1, #list, 2 do fields[list[index]] = list[index + 1] end
  return fields
end
local function stays(known, other)
  local told, otherTold = toldUs(known), toldUs(other)
  if told and otherTold then return told <= otherTold end
  local lease, otherLease = string.match(known, '^P|([%d.]+)|'), string.match(other, '^P|([%d.]+)|')
  if lease and otherLease then return tonumber(lease) >= tonumber(otherLease) end
  return not otherTold
end
local function join(message, id, key)
  local moved = fieldsOf(id)
  local known = next(moved) and fieldsOf(message)
  for field, value in pairs(moved) do
    if not known[field] or not stays(known[field], value) then redis.call('HSET', message, field, value) end
    redis.call('HDEL', id, field)
  end
  redis.call('HSET', id, 'key', key)
end
local function newsAt(index)
  return KEYS[index * 2 - 1], KEYS[index * 2], unpack(ARGV, index * 4 - 2, index * 4 + 1)
end
local function ofOtherKeys()
  local owners, answers, isAny = {}, {}, false
  for index = 1, #KEYS / 2 do
    local _, id, key, wamid = newsAt(index)
    local owner = wamid ~= '' and (owners[id] or redis.call('HGET', id, 'key') or key) or key
    owners[id] = owner ~= '' and owner or nil
    answers[index] = owner ~= key and 'of|' .. owner or ''
    isAny = isAny or owner ~= key
  end
  return isAny and answers or nil
end
local function eachNews(act)
  local answers = ofOtherKeys()
  if answers then return answers end
  answers = {}
  for index = 1, #KEYS / 2 do
    local message, id, key, wamid, status, text = newsAt(index)
    if message ~= id and not redis.call('HGET', id, 'key') then join(message, id, key) end
    if wamid ~= '' then redis.call('HSETNX', message, 'wamid', wamid) end
    answers[index] = act(message, status, text, index)
    redis.call('PEXPIRE', message, ARGV[1])
    redis.call('PEXPIRE', id, ARGV[1])
  end
  return answers
end
`;
