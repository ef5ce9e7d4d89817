/** Colors for line prefixes on a terminal, in the style of git. */

const heads: readonly (readonly [RegExp, string])[] = [
  [/^ERROR:/, '1;31'],
  [/^WARNING:/, '1;33'],
  [/^SUCCESS:/, '1;32'],
  [/^hint:/, '33'],
  [/^----->/, '1;36'],
]

/** Colors line prefixes such as `ERROR:`. */
export function colored(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      for (const [head, code] of heads) {
        const match = head.exec(line)
        if (match) return `\u001b[${code}m${match[0]}\u001b[0m${line.slice(match[0].length)}`
      }
      return line
    })
    .join('\n')
}
