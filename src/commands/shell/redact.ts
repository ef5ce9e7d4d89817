/**
 * Second line of defense for all output: removes credentials and bidirectional control characters that other code
 * failed to remove.
 */

/**
 * Matches the user name and password in a database URL. In SQLAlchemy, the password extends to the last `@`, so it may
 * contain any other character. Accepts a single slash after the scheme, because `//` becomes `/` when a URL is printed
 * as a path. `\\.` matches a JSON escape, which must stay intact.
 */
const databaseUrl =
  /\b((?:postgres|postgresql|cockroachdb|mysql|mariadb|mssql|oracle|sqlite|redshift|snowflake|rediss?|amqps?|mongodb)(?:\+[\w-]+)?:\/+)(?:\\.|[^\s"\\]){0,4096}@/gi

/** Matches a password in the query string of a URL, or in a key/value connection string. */
const parameter = /\b((?:ssl)?password|passwd|pwd)(=)(?:'(?:[^'\\\n]|\\.)*'|(?:\\[^"]|[^\s&"'\\])+)/gi

/** Removes user names and passwords from anything that looks like a URL or a connection string. */
export function withoutCredentials(text: string): string {
  const kept = text.replace(databaseUrl, '$1...@').replace(parameter, '$1$2...')
  // Uses a lookbehind to check only the end of the scheme, because matching the whole scheme would take quadratic time
  // on long words.
  return kept.replace(/(?<=[a-z0-9+.-]:\/\/)[^\s/@'"]*@/gi, '...@')
}

/** Bidirectional control characters. They can make text look different to a person than to a program. */
const turning = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * Makes text safe to print. Replaces control characters with escapes such as `\u202e`, which are also valid in JSON
 * strings.
 */
export function safeOutput(text: string): string {
  return withoutCredentials(text).replace(
    turning,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Arguments that error messages may quote: names, numbers and paths. Anything else could contain a secret. */
const plainWord = /^[\p{L}\p{N}_./-]{1,80}$/u

/**
 * Hides any argument in a yargs error message that could contain a secret, such as a misplaced URL or a connection
 * string.
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
