/** Second line of defense for all output: removes leftover credentials and bidirectional control characters. */

/**
 * Matches the user name and password in a database URL. In SQLAlchemy, the password extends to the last `@`. A URL
 * that is printed as a path has a single slash. `\\.` matches a JSON escape, which must stay intact.
 */
const databaseUrl =
  /\b((?:postgres|postgresql|cockroachdb|mysql|mariadb|mssql|oracle|sqlite|redshift|snowflake|rediss?|amqps?|mongodb)(?:\+[\w-]+)?:\/+)(?:\\.|[^\s"\\]){0,4096}@/gi

/** Matches the password in a URL's query string or in a key/value connection string. */
const parameter = /\b((?:ssl)?password|passwd|pwd)(=)(?:'(?:[^'\\\n]|\\.)*'|(?:\\[^"]|[^\s&"'\\])+)/gi

/** Removes user names and passwords from URLs and connection strings. */
export function withoutCredentials(text: string): string {
  const kept = text.replace(databaseUrl, '$1...@').replace(parameter, '$1$2...')
  // The lookbehind checks only the end of the scheme. Matching the whole scheme would take quadratic time for long
  // words.
  return kept.replace(/(?<=[a-z0-9+.-]:\/\/)[^\s/@'"]*@/gi, '...@')
}

/** Matches bidirectional control characters, which can make text look different from what it is. */
const turning = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Makes text safe to print. Escapes such as `\u202e` are also valid in JSON strings. */
export function safeOutput(text: string): string {
  return withoutCredentials(text).replace(
    turning,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Matches arguments that error messages may quote. Any other argument could contain a secret. */
const plainWord = /^[\p{L}\p{N}_./-]{1,80}$/u

/**
 * Hides any argument in a yargs error that could be a secret, such as a URL in the wrong place.
 */
export function usageMessage(message: string): string {
  const safe = (word: string): string =>
    plainWord.test(word) ? word : `(not shown: ${[...word].length} characters)`
  return withoutCredentials(message)
    .replace(
      /^(Unknown (?:argument|command)s?: )([^]*)$/,
      (_, head: string, words: string) => head + words.split(', ').map(safe).join(', '),
    )
    .replace(/(?<=Given: )([^]*?)(?=, Choices: )/g, (words: string) =>
      words
        .split(', ')
        .map((word) => `"${safe(word.replace(/^"|"$/g, ''))}"`)
        .join(', '),
    )
}
