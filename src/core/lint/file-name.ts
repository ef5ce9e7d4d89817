/** Whether `path` ends with a name that `file_template` could produce for this id. */
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
  return new RegExp(`(?:^|/)${pattern}\\.py$`, 'u').test(path)
}

function escaped(text: string): string {
  return text.replace(/[^\w\s/]/gu, '\\$&').replace(/\\-/g, '-')
}
