/** The details panel for a revision: file, operations, state and findings. */
import type { PageData, PageFinding } from '../page-data.ts'
import { copyButton } from './copy.ts'
import { element } from './elements.ts'
import { markedText } from './marks.ts'

/** Returns the details panel for a row. `go` opens another row. `wanted` is the search term to highlight. */
export function detailsOf(
  data: PageData,
  index: number,
  wanted: string,
  go: (row: number) => void,
): readonly Node[] {
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
  const linked = (kind: string, side: 'before' | 'after'): readonly number[] =>
    data.routes.flatMap(([upper, lower, , linkKind, circular]) => {
      if (linkKind !== kind) return []
      const [child, parent] = circular ? [lower, upper] : [upper, lower]
      if (side === 'before') return child === index ? [parent] : []
      return parent === index ? [child] : []
    })
  fact('Position', row.state)
  if (row.path !== null) fact('File', [...textNodes(row.path, wanted), copyButton(row.path, 'path')])
  fact('Written', [row.date, row.author].filter(Boolean).join(', '))
  fact('Comes after', others(linked('parent', 'before')))
  fact('Followed by', others(linked('parent', 'after')))
  fact('Depends on', others(linked('dependency', 'before')))
  fact('Needed by', others(linked('dependency', 'after')))
  fact('Likely position: after', others(linked('place', 'before')))
  fact('Likely position of', others(linked('place', 'after')))
  fact('Live schema', row.evidence)
  const link = `${location.href.replace(/#.*/, '')}#rev=${encodeURIComponent(row.id)}`
  return [
    heading,
    element('p', 'copies', [copyButton(row.id, 'id', 'Copy id'), copyButton(link, 'link', 'Copy link')]),
    ...(row.message === '' ? [] : [element('p', 'message', markedText(row.message, wanted))]),
    element(
      'p',
      'tags',
      [...row.tags, ...row.risks.map((risk) => ['risk', risk] as const)].map(([kind, text]) =>
        element('span', `tag tag-${kind}`, text),
      ),
    ),
    facts,
    ...(row.findings.length === 0 ? [] : [element('h3', '', 'Findings')]),
    ...row.findings.flatMap((finding) => {
      const found = data.findings[finding]
      return found ? [findingElement(found, wanted)] : []
    }),
    ...operationsOf(row.operations, wanted),
  ]
}

function textNodes(text: string, wanted: string): readonly Node[] {
  return [element('span', 'breakable', markedText(text, wanted))]
}

function operationsOf(operations: readonly string[] | null, wanted: string): readonly Node[] {
  if (operations === null) return []
  const list = element(
    'ol',
    'operations',
    operations.map((text) => element('li', '', markedText(text, wanted))),
  )
  return [
    element('h3', '', 'What upgrade() does'),
    operations.length === 0 ? element('p', 'faint', 'Nothing.') : list,
  ]
}

/** Shows a finding with its cause and remedies. */
export function findingElement(
  { code, name, severity, message, why, details, remedies }: PageFinding,
  wanted: string,
  heading: 'h3' | 'h4' = 'h4',
): Node {
  return element('section', `finding finding-${severity}`, [
    element(heading, '', markedText(`${severity}: ${name.replaceAll('-', ' ')} (${code})`, wanted)),
    element('p', '', markedText(message, wanted)),
    element('p', '', why),
    ...details.map((text) => element('p', 'faint', text)),
    element(
      'ul',
      '',
      remedies.map(({ title, command }) =>
        element(
          'li',
          '',
          command === null
            ? [title]
            : [title, element('div', 'command', [codeOf(command), copyButton(command, 'command')])],
        ),
      ),
    ),
  ])
}

/** A scrollable command line, focusable for keyboard users. */
function codeOf(command: string): HTMLElement {
  const code = element('code', '', command)
  code.tabIndex = 0
  return code
}
