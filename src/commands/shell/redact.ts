/**
 * A second fence for all that leaves the guard: the parts that print hold neither credentials nor characters that turn
 * text around, and if one does, it ends here.
 */

/**
 * User and password of a database URL. SQLAlchemy ends a password at the last `@`, so it may hold every sign but that.
 * One slash is enough: paths are printed without empty parts. `\\.` is an escape of JSON, which must stay whole.
 */
const databaseUrl =
  /\b((?:postgres|postgresql|cockroachdb|mysql|mariadb|mssql|oracle|sqlite|redshift|snowflake|rediss?|amqps?|mongodb)(?:\+[\w-]+)?:\/+)(?:\\.|[^\s"\\]){0,4096}@/gi

/** A password in the query of a URL, or in a connection string of key and value. */
const parameter = /\b((?:ssl)?password|passwd|pwd)(=)(?:'(?:[^'\\\n]|\\.)*'|(?:\\[^"]|[^\s&"'\\])+)/gi

/** Cuts user and password out of anything that looks like a URL or a connection string. */
export function withoutCredentials(text: string): string {
  const kept = text.replace(databaseUrl, '$1...@').replace(parameter, '$1$2...')
  // Not led by the scheme: looking for one takes quadratic time in a long word.
  return kept.replace(/(?<=[a-z0-9+.-]:\/\/)[^\s/@'"]*@/gi, '...@')
}

/** Characters that change the direction of text, so that a reader sees another text than a program. */
const turning = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Text as it may leave the guard. `\u202e` stands for the character itself, in a string of JSON as well. */
export function safeOutput(text: string): string {
  return withoutCredentials(text).replace(
    turning,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Words that may be echoed when the command line is wrong: names, numbers, paths. Everything else may hold a secret. */
const plainWord = /^[\p{L}\p{N}_./-]{1,80}$/u

/**
 * A message of yargs about the command line, without any word of it that could hold a secret: a URL in a wrong place, a
 * connection string, a value with an unknown form.
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
