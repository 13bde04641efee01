/**
 * `now`: the clock of Redis in milliseconds, read once for the whole script. `stamp`: how a moment is stored, since Lua
 * would shorten it to 14 digits.
 */
export const LUA_NOW = /* lua */ `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local function stamp(ms) return string.format('%.3f', ms) end
`;
