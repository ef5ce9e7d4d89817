/** Formats a report as a self-contained HTML page without scripts. Checkboxes filter findings using CSS. */
import { dialectOf } from '../../core/dialect/index.ts'
import { counted, listed, printable, shown } from '../../core/text/display.ts'
import { drawSvg, svgStyle } from '../../drawing/svg.ts'
import { cut } from '../text/finding-lines.ts'
import { headline } from '../text/headline.ts'
import { htmlStyle } from './html-style.ts'
import { remedyCommand } from '../text/layout.ts'
import { versionTableName } from '../../core/diagnosis/version-table.ts'
import { foldedFindings } from '../model/folding.ts'
import { viewOf } from '../model/graph-excerpt.ts'
import { type RevisionLink, revisionLinks } from '../model/graph-link.ts'
import { reportLocationOf } from '../model/location.ts'
import type { FindingReport, Report } from '../model/report.ts'
import type { ReportContext } from '../model/context.ts'

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

/** Maximum length of a displayed string, in characters. The JSON report isn't truncated. */
const maxTextLength = 10_000

const verdictWords = { pass: 'Pass', blocked: 'Blocked', undetermined: 'Undetermined' } as const

const severityWords = { error: 'Error', warning: 'Warning', note: 'Note' } as const

const touchesWords = {
  nothing: 'changes nothing',
  'working-tree': 'changes files',
  database: 'changes the database',
} as const

const sureWords = {
  proven: 'proven',
  likely: 'usually correct',
  unsure: 'one of several options',
} as const

/** Renders the HTML page. */
export function html(report: Report, scene: ReportContext): string {
  const { tool, command, verdict, error, exitCode } = report
  const title = `${tool.name} ${command}: ${verdictWords[verdict].toLowerCase()}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${safe(title)}</title>
<style>${htmlStyle}${svgStyle}</style>
</head>
<body>
<main>
<header class="verdict ${verdict}">
<p class="tool">${safe(`${tool.name} ${tool.version}, ${command}, exit status ${exitCode}`)}</p>
<h1>${verdictWords[verdict]}</h1>
<p>${safe(headline(report))}</p>
${error?.hint ? `<p class="aside">${safe(error.hint)}</p>` : ''}
${cause(report)}
</header>
${findings(report, scene)}
${graph(scene)}
${facts(report)}
${upgrade(report)}
${coverage(report)}
</main>
</body>
</html>
`
}

function facts({ repository, database }: Report): string {
  const rows: [string, string][] = []
  if (database) {
    const { product } = dialectOf(database)
    const host = database.host === null ? '' : ` on ${database.host}`
    rows.push(['Database', `${database.name}${host} (${product} ${database.server})`])
    const versions = database.versions.map((row) => row ?? 'NULL')
    const { schema, name, exists } = database.versionTable
    const table = schema === null ? name : `${schema}.${name}`
    const elsewhere = versionTableName(database.dialect, database.versionTable)
    rows.push([
      'Stamped with',
      versions.length > 0
        ? `${versions.map(shown).join(', ')}${elsewhere === null ? '' : ` (in ${elsewhere})`}`
        : `nothing: ${table} ${exists ? 'is empty' : "doesn't exist"}`,
    ])
  }
  if (repository) {
    const { heads, revisions, alembic, config, scriptLocation } = repository
    rows.push(['Repository', `${counted(revisions, 'revision')} in ${shown(scriptLocation)}`])
    rows.push([heads.length === 1 ? 'Head' : 'Heads', heads.length === 0 ? 'none' : listed(heads, 12)])
    if (config !== null) rows.push(['Configuration', config])
    rows.push([
      'Alembic',
      `${alembic.version} (${alembic.source === null ? 'not pinned; newest known version' : `from ${alembic.source}`})`,
    ])
  }
  return rows.length === 0 ? '' : definitions(rows)
}

/** Shows the first blocking finding and its first remedy at the top. */
function cause({ findings: all, verdict }: Report): string {
  const first = verdict === 'blocked' ? foldedFindings(all).find(({ blocks }) => blocks) : undefined
  if (!first) return ''
  const [remedy] = first.remedies
  const command = remedy ? remedyCommand(remedy) : null
  return [
    `<p class="cause">${safe(first.message)} <a href="#${idOf(first.code)}">${safe(first.code)}</a></p>`,
    remedy ? `<p class="way"><b>What to do:</b> ${safe(remedy.title)}</p>` : '',
    command === null ? '' : `<pre><code>${safe(command)}</code></pre>`,
  ]
    .filter((part) => part !== '')
    .join('\n')
}

const kinds = ['error', 'warning', 'note', 'ignored'] as const

function kindOf({ ignored, severity }: FindingReport): (typeof kinds)[number] {
  return ignored ? 'ignored' : severity
}

const kindWords = { error: 'error', warning: 'warning', note: 'note', ignored: 'ignored finding' } as const

/** Renders findings by severity, then by rule. Ignored findings come last. */
function findings({ findings: all, verdict }: Report, scene: ReportContext): string {
  const found = foldedFindings(all)
  if (found.length === 0) return verdict === 'undetermined' ? '' : '<h2>Findings</h2>\n<p>None.</p>'
  const used = kinds.filter((kind) => found.some((one) => kindOf(one) === kind))
  const seen = new Set<string>()
  const sections = used.map((kind) => {
    const those = found.filter((one) => kindOf(one) === kind)
    const codes = [...new Set(those.map(({ code }) => code))]
    const groups = codes.map((code) => {
      const group = those.filter((one) => one.code === code)
      const anchor = seen.has(code) ? '' : ` id="${idOf(code)}"`
      seen.add(code)
      const articles = group.map((one) => finding(one, scene)).join('\n')
      const [first] = group
      if (group.length === 1 || !first) return `<div${anchor}>\n${articles}\n</div>`
      const title = `${code} ${first.name.replaceAll('-', ' ')}: ${counted(group.length, kindWords[kind])}`
      return `<details${anchor} open>\n<summary>${safe(title)}</summary>\n${articles}\n</details>`
    })
    const heading = counted(those.length, kindWords[kind])
    return `<section class="kind-${kind}">\n<h2>${heading}</h2>\n${groups.join('\n')}\n</section>`
  })
  return [...(found.length > 1 && used.length > 1 ? [filter(used)] : []), ...sections].join('\n')
}

const boxWords = { error: 'Errors', warning: 'Warnings', note: 'Notes', ignored: 'Ignored' } as const

/** Renders check boxes. Unchecking one makes the style sheet hide that kind of finding. */
function filter(used: readonly (typeof kinds)[number][]): string {
  const boxes = used.map(
    (kind) => `<label><input type="checkbox" id="show-${kind}" checked> ${boxWords[kind]}</label>`,
  )
  return `<fieldset class="filter">\n<legend>Show</legend>\n${boxes.join('\n')}\n</fieldset>`
}

/** A rule's anchor on the page. */
function idOf(code: string): string {
  return `rule-${code.replace(/[^\w-]/g, '')}`
}

function finding(one: FindingReport, { root, graphUrl }: ReportContext): string {
  const { code, name, severity, message, evidence, why, details, location, ignored, notAdvised } = one
  const place = location && reportLocationOf(location, root)
  const word = ignored ? 'Ignored' : severityWords[severity]
  const parts = [
    `<article class="finding ${ignored ? 'ignored' : severity}">`,
    `<h3><span class="word">${word}</span>${safe(name.replaceAll('-', ' '))} <span class="code">${safe(code)}</span></h3>`,
    paragraph(message),
    evidence.length > 0 ? definitions(evidence.map(({ label, value }) => [label, value])) : '',
    place
      ? `<p class="aside">At <code>${safe(place.path)}</code>, line ${place.line}, column ${place.column}</p>`
      : '',
    linksTo(revisionLinks(graphUrl, one.revisions)),
    one.sourceLine === undefined ? '' : `<pre><code>${safe(one.sourceLine.trim())}</code></pre>`,
    ignored?.reason ? paragraph(`Ignored because: ${ignored.reason}`) : '',
    paragraph(why),
    ...details.map(paragraph),
    cures(one),
    notAdvised === null ? '' : `<h4>Not advised</h4>\n${paragraph(notAdvised)}`,
    '</article>',
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function linksTo(links: readonly RevisionLink[]): string {
  if (links.length === 0) return ''
  const all = links.map(({ id, href }) => `<a href="${safe(href)}">${safe(shown(id))}</a>`)
  return `<p class="aside">In the graph: ${all.join(', ')}</p>`
}

function cures({ remedies }: FindingReport): string {
  if (remedies.length === 0) return ''
  const items = remedies.map((remedy) => {
    const { title, touches, applicability } = remedy
    const command = remedyCommand(remedy)
    const line = command === null ? '' : `\n<pre><code>${safe(command)}</code></pre>`
    return `<li>${safe(title)}${line}\n<span class="aside">${touchesWords[touches]}; ${sureWords[applicability]}</span></li>`
  })
  return `<h4>What to do</h4>\n<ol>\n${items.join('\n')}\n</ol>`
}

function graph(scene: ReportContext): string {
  const picture = scene.picture()
  if (!picture || picture.revisions.length === 0) return ''
  return `<h2>Affected revisions</h2>
<figure tabindex="0" role="group" aria-label="Revision graph">
${drawSvg(picture, viewOf(picture), { embedded: true })}
</figure>`
}

/** Renders the predicted outcome and the steps that Alembic would run. */
function upgrade({ prediction }: Report): string {
  if (!prediction) return ''
  const { command, outcome, error, reason, steps, versionsAfter } = prediction
  const how = {
    succeeds: steps.length === 0 ? 'has nothing to run' : `would run ${counted(steps.length, 'migration')}`,
    fails: `would fail with ${error?.type ?? 'an error'}: ${error?.message ?? ''}`,
    unknown: `can't be predicted: ${reason ?? ''}`,
  }[outcome]
  const list = `<ol>\n${steps.map((step) => `<li><code>${safe(shown(step))}</code></li>`).join('\n')}\n</ol>`
  const after =
    versionsAfter.length > 0 && outcome === 'succeeds'
      ? `Afterwards, the database would be at ${listed(versionsAfter)}.`
      : ''
  const few = steps.length <= 20
  return [
    `<h2>What Alembic would do</h2>`,
    paragraph(`"${command}" ${how}`),
    steps.length === 0
      ? ''
      : few
        ? list
        : `<details><summary>All ${steps.length} in order</summary>\n${list}\n</details>`,
    after === '' ? '' : paragraph(after),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

function coverage({ coverage: seen, remarks }: Report): string {
  const list = (title: string, items: readonly string[]): string =>
    items.length === 0
      ? ''
      : `<h2>${title}</h2>\n<ul>\n${items.map((item) => `<li>${safe(item)}</li>`).join('\n')}\n</ul>`
  return [
    list('Not checked', seen?.notChecked ?? []),
    list('Checked', seen?.checked ?? []),
    list('Notes', remarks),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

function definitions(rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(([label, value]) => `<dt>${safe(label)}</dt><dd>${safe(value)}</dd>`)
  return `<dl>\n${lines.join('\n')}\n</dl>`
}

function paragraph(text: string): string {
  return text === '' ? '' : `<p>${safe(text)}</p>`
}

/** Escapes and truncates text for an element or a quoted attribute. */
function safe(text: string): string {
  return cut(printable(text), maxTextLength)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
