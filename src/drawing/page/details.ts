/** The panel about one revision: its file, what it does, what is known and found. Links lead to other rows. */
import type { PageData, PageFinding } from '../page-data.ts'
import { element } from './elements.ts'

/** The content of the panel about a row; `go` shows another one. */
export function detailsOf(data: PageData, index: number, go: (row: number) => void): readonly Node[] {
  const row = data.rows[index]
  if (!row) return []
  const heading = element('h2', '', row.name)
  heading.tabIndex = -1
  const facts = element('dl')
  const fact = (label: string, value: string | readonly Node[] | null): void => {
    if (value === null || value.length === 0) return
    facts.append(element('dt', '', label), element('dd', '', value))
  }
  const others = (rows: readonly number[]): readonly Node[] =>
    rows.map((other) => {
      const button = element('button', 'link', data.rows[other]?.name ?? '')
      button.type = 'button'
      button.addEventListener('click', () => go(other))
      return button
    })
  const linked = (kind: string, wanted: 'before' | 'after'): readonly number[] =>
    data.routes.flatMap(([upper, lower, , linkKind, circular]) => {
      if (linkKind !== kind) return []
      const [child, parent] = circular ? [lower, upper] : [upper, lower]
      if (wanted === 'before') return child === index ? [parent] : []
      return parent === index ? [child] : []
    })
  fact('Where it stands', row.state)
  fact('File', row.path)
  fact('Comes after', others(linked('parent', 'before')))
  fact('Followed by', others(linked('parent', 'after')))
  fact('Depends on', others(linked('dependency', 'before')))
  fact('Needed by', others(linked('dependency', 'after')))
  fact('Live schema', row.evidence)
  return [
    heading,
    ...(row.message === '' ? [] : [element('p', 'message', row.message)]),
    element(
      'p',
      'tags',
      row.tags.map(([kind, text]) => element('span', `tag tag-${kind}`, text)),
    ),
    facts,
    ...(row.findings.length === 0 ? [] : [element('h3', '', 'Findings')]),
    ...row.findings.flatMap((finding) => {
      const found = data.findings[finding]
      return found ? [findingElement(found)] : []
    }),
    ...operationsOf(row.operations),
  ]
}

function operationsOf(operations: readonly string[] | null): readonly Node[] {
  if (operations === null) return []
  const list = element(
    'ol',
    'operations',
    operations.map((text) => element('li', '', text)),
  )
  return [
    element('h3', '', 'What upgrade() does'),
    operations.length === 0 ? element('p', 'faint', 'Nothing.') : list,
  ]
}

/** A finding with its cause and its cures. */
export function findingElement({ code, name, severity, message, why, details, remedies }: PageFinding): Node {
  return element('section', `finding finding-${severity}`, [
    element('h4', '', `${severity}: ${name.replaceAll('-', ' ')} (${code})`),
    element('p', '', message),
    element('p', '', why),
    ...details.map((text) => element('p', 'faint', text)),
    element(
      'ul',
      '',
      remedies.map(({ title, command }) =>
        element('li', '', command === null ? [title] : [title, element('code', '', command)]),
      ),
    ),
  ])
}
