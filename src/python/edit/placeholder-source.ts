/** Generates a placeholder migration. Values from the database appear only as literals or in sanitized docstrings. */
import { decodeSource } from '../source/decode-source.ts'
import { docstringText, pythonLiteral } from '../source/write-literal.ts'

/** Header style of neighboring migrations. */
export interface HeaderStyle {
  /** Annotation of each variable; null for plain assignments. */
  readonly annotations: Readonly<Record<HeaderName, string | null>>
  /** Import statements required by the annotations. */
  readonly imports: readonly string[]
  readonly quote: "'" | '"'
  readonly lineEnd: '\n' | '\r\n'
  /** Whether `def upgrade()` is annotated with `-> None`. */
  readonly returns: boolean
}

type HeaderName = 'revision' | 'down_revision' | 'branch_labels' | 'depends_on'
const headerNames: readonly HeaderName[] = ['revision', 'down_revision', 'branch_labels', 'depends_on']

/** Style for projects without other migrations. */
const plainStyle: HeaderStyle = {
  annotations: { revision: null, down_revision: null, branch_labels: null, depends_on: null },
  imports: [],
  quote: "'",
  lineEnd: '\n',
  returns: false,
}

/** Reads a migration's style. Falls back to the plain style. */
export function headerStyleOf(bytes: Uint8Array | null): HeaderStyle {
  const source = bytes && decodeSource(bytes)
  if (!bytes || source?.kind !== 'text') return plainStyle
  const annotation = (name: HeaderName): string | null => {
    const found = new RegExp(String.raw`^${name}[ \t]*:[ \t]*([\w\[\], |."]+?)[ \t]*=`, 'm').exec(source.text)
    const text = found?.[1] ?? null
    return text !== null && /^(?:str|None|Union|Optional|Sequence|[[\], |"])+$/.test(text) ? text : null
  }
  const annotations = {
    revision: annotation('revision'),
    down_revision: annotation('down_revision'),
    branch_labels: annotation('branch_labels'),
    depends_on: annotation('depends_on'),
  }
  const names =
    Object.values(annotations)
      .join(' ')
      .match(/\b(?:Union|Optional|Sequence)\b/g) ?? []
  const imports = [
    ...source.text.matchAll(/^from (?:typing|collections\.abc) import [A-Za-z, ]+$/gm),
    ...source.text.matchAll(/^from __future__ import annotations$/gm),
  ].map(([line]) => line)
  const imported = names.every((name) => imports.some((line) => new RegExp(`\\b${name}\\b`).test(line)))
  const used = imports.filter((line) => names.some((name) => new RegExp(`\\b${name}\\b`).test(line)))
  const quote = /^revision\b[^'"\n]*=[ \t]*(['"])/m.exec(source.text)?.[1] === '"' ? '"' : "'"
  const newline = bytes.indexOf(10)
  return {
    annotations: imported ? annotations : plainStyle.annotations,
    imports: imported ? used : [],
    quote,
    lineEnd: newline > 0 && bytes[newline - 1] === 13 ? '\r\n' : '\n',
    returns: /^def upgrade\([^)]*\) *-> *None/m.test(source.text),
  }
}

/** Contents of a placeholder migration. */
export interface PlaceholderFacts {
  readonly id: string
  readonly parents: readonly string[]
  /** First line of the docstring. */
  readonly message: string
  /** Creation date, such as `2026-01-31 12:00:00`. */
  readonly created: string
  /** Sentences for the docstring, including the evidence. */
  readonly paragraphs: readonly string[]
  /** Statements of `upgrade()`, without indentation; empty if it does nothing. */
  readonly upgrade: readonly string[]
}

/** Returns the file's text in this style. It is pure ASCII, so that any `output_encoding` works. */
export function placeholderSource(facts: PlaceholderFacts, style: HeaderStyle): string {
  const { id, parents } = facts
  const literal = (text: string): string => pythonLiteral(text, style.quote)
  const [only] = parents
  const down =
    only === undefined
      ? 'None'
      : parents.length === 1
        ? literal(only)
        : `(${parents.map(literal).join(', ')})`
  const values: Readonly<Record<HeaderName, string>> = {
    revision: literal(id),
    down_revision: down,
    branch_labels: 'None',
    depends_on: 'None',
  }
  const header = headerNames.map((name) => {
    const annotation = style.annotations[name]
    return `${name}${annotation === null ? '' : `: ${annotation}`} = ${values[name]}`
  })
  const returns = style.returns ? ' -> None' : ''
  const working = facts.upgrade.length > 0
  const lines = [
    `"""${docstringText(facts.message)}`,
    '',
    `Revision ID: ${docstringText(id)}`,
    `Revises: ${docstringText(parents.join(', '))}`.trimEnd(),
    `Create Date: ${docstringText(facts.created)}`,
    '',
    ...facts.paragraphs.flatMap((text) => [...wrapped(docstringText(text)), '']).slice(0, -1),
    '"""',
    ...style.imports.filter((line) => line.includes('__future__')),
    ...style.imports.filter((line) => !line.includes('__future__')),
    ...(working
      ? [...(style.imports.length > 0 ? [''] : []), 'from alembic import op', 'import sqlalchemy as sa']
      : []),
    '',
    '# revision identifiers, used by Alembic.',
    ...header,
    '',
    '',
    `def upgrade(*args, **kwargs)${returns}:`,
    ...(working ? facts.upgrade.map((line) => (line === '' ? '' : `    ${line}`)) : ['    pass']),
    '',
    '',
    `def downgrade(*args, **kwargs)${returns}:`,
    '    pass',
    '',
  ]
  return lines.join(style.lineEnd)
}

function wrapped(text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > 79) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
