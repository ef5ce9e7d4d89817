/**
 * Determines whether a naming convention can affect the names of constraints and indexes in migrations. Alembic takes
 * the convention from the `target_metadata` that env.py passes to `context.configure`
 * (alembic/operations/schemaobj.py).
 */
/** Matches an f-string, any other string, a comment or a name. For a name, the match includes the next character. */
export const codeToken =
  /(?<formatted>(?<!\w)(?:[fF][rR]?|[rR][fF])['"])|(?<string>(?<!\w)[rRbBuU]{0,2}(?:"""(?:\\[^]|[^\\])*?"""|'''(?:\\[^]|[^\\])*?'''|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'))|(?<comment>#[^\n]*)|\b(?:def|class)\s+(?<declared>\w+)|(?<decorator>^[ \t]*@)|(?<called>\w+)\s*\(|\w+|["']/gm

/** Removes comments and the contents of strings from the code, but keeps f-strings. */
function codeWithoutText(text: string): string {
  return text.replaceAll(codeToken, (whole, ...rest) => {
    const { string, comment } = rest.at(-1) as Record<string, string | undefined>
    return string !== undefined ? '""' : comment !== undefined ? '' : whole
  })
}

/** Matches `target_metadata = None` and `target_metadata=target_metadata`, as in Alembic's templates. */
const harmless =
  /\btarget_metadata\b(?:[ \t]*:[^=\n]+)?[ \t]*=[ \t]*(?:None[ \t]*(?=[\n,)])|target_metadata[ \t]*(?=[\n,)]))/g

/** Matches code that may pass metadata in a way that can't be recognized in the text. */
const hidden = /\*\*|\bimport[ \t]*\*|\b(?:opts|setattr|globals|locals|vars|exec|eval)\b/

/** Returns whether env.py configures Alembic without any metadata. `text` is the source of env.py. */
export function passesNoMetadata(text: string): boolean {
  const code = `${codeWithoutText(text)}\n`
  if (!/\bconfigure\s*\(/.test(code) || hidden.test(code)) return false
  return !/\btarget_metadata\b/.test(code.replaceAll(harmless, ''))
}
