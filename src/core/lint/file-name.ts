/** Checks whether Alembic could have given a migration file its name. Pure. */

/** Returns whether the end of `path` matches `file_template` with this id and any slug and date. */
export function fitsTemplate(template: string, path: string, id: string): boolean {
  const pattern = template
    .split(/(%(?:%|\(\w+\)[-+ 0#]*\d*(?:\.\d+)?[sdi]))/)
    .map((part) => {
      const name = /^%\((\w+)\)/.exec(part)?.[1]
      if (part === '%%') return '%'
      if (name === undefined) return escaped(part)
      return name === 'rev' ? escaped(id) : name === 'slug' ? '[^/]*' : '\\s*\\d+'
    })
    .join('')
  // Alembic truncates a long name after the id or within it.
  return new RegExp(`(?:^|/)${pattern}\\.py$`, 'u').test(path)
}

function escaped(text: string): string {
  return text.replace(/[^\w\s/]/gu, '\\$&').replace(/\\-/g, '-')
}
