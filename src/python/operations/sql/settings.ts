/** Recognizes settings that PostgreSQL definitely accepts. */

const duration = String.raw`(?:'?\d+'?|'\d+\s?(?:us|ms|s|min|h|d)')`
const size = String.raw`(?:'?\d{3,}'?|'\d+\s?(?:MB|GB)')`
const flag = String.raw`'?(?:on|off|true|false|yes|no|0|1)'?`

/** Maps patterns of settings to patterns of values. */
const values: readonly (readonly [setting: string, value: string])[] = [
  ['(?:lock|statement|idle_in_transaction_session)_timeout', duration],
  ['(?:maintenance_)?work_mem', size],
  ['check_function_bodies|row_security|standard_conforming_strings|enable_[a-z]+|jit', flag],
  ['synchronous_commit', `(?:${flag}|local|remote_write|remote_apply)`],
  ['session_replication_role', `'?(?:origin|replica|local)'?`],
  ['client_min_messages', `'?(?:debug[1-5]?|log|notice|warning|error)'?`],
  ['client_encoding', `'?utf-?8'?`],
  ['timezone', `'?utc'?`],
  // PostgreSQL accepts any value of a setting that an extension may define.
  [String.raw`[a-z_]\w*\.[a-z_]\w*`, String.raw`(?:'[^']*'|[a-z0-9_.]+)`],
]

const assignments = values.map(
  ([setting, value]) =>
    new RegExp(`^set (?:(?:local|session) )?(?:${setting})\\s?(?: to |=)\\s?(?:${value}|default)$`, 'i'),
)
const others = [
  /^set constraints all (?:deferred|immediate)$/i,
  /^set (?:(?:local|session) )?(?:time zone 'utc'|names '?utf-?8'?)$/i,
  new RegExp(
    `^reset (?:${values
      .slice(0, -1)
      .map(([setting]) => setting)
      .join('|')})$`,
    'i',
  ),
]

/** Whether PostgreSQL definitely accepts the SET or RESET statement. */
export function isPlainSetting(statement: string): boolean {
  const text = statement.trim().replace(/\s+/g, ' ')
  return [...assignments, ...others].some((pattern) => pattern.test(text))
}
