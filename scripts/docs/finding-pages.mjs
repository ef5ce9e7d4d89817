/** Generates the documentation for the findings. */

/** Returns the index page that links to the pages in `folder`. */
export function findingsIndex(all, folder) {
  const rows = all.map(
    ({ code, name, severity, summary }) =>
      `| [${code}](${folder}/${code}.md) | ${name} | ${severity} | ${summary.replaceAll('\n', ' ')} |`,
  )
  return `# Findings

<!-- Generated from src/rules by "npm run docs". -->

Every finding has a code that is never reused. An error blocks the release, a warning blocks it only with \`--strict\`, and
a note never does. The table shows the usual severity; in some cases, a finding is more or less severe. Codes from AG400 to
AG499 come from \`alembic-guard lint\`; AG434 can also come from a rehearsal with \`--max-lock\`. \`--ignore CODE\` or \`--ignore CODE=revision\` excludes
a finding from the verdict, but still prints it. \`alembic-guard explain CODE\` prints a finding's page.

| code | name | severity | when |
|---|---|---|---|
${rows.join('\n')}
`
}

/** Returns a table of each lint rule's precision on public projects. */
export function precisionTable(lint, readingOf) {
  const rows = lint.map(({ code, onByDefault, precision: { hits, read, right } }) => {
    const rate = read === 0 ? '' : `${Math.floor((100 * right) / read)} %`
    return `| [${code}](${code}.md) | ${hits} | ${read} | ${right} | ${rate} | ${onByDefault ? 'on' : 'off'} |`
  })
  return `## How often lint is right

We ran the rules on ${readingOf.migrations} migrations from ${readingOf.projects} public projects and reviewed the findings: all of them or, for rules with many findings, a
sample drawn from as many projects as possible. A finding counts as right if it is true of that migration on the databases that
the project supports, and worth reporting to the migration's author. A rule that is right less than 90 % of the time, or that
has too few findings to judge, is off unless it is enabled with \`--rule\` or \`enable\`. AG405 had no findings, and therefore no
false ones. For AG402, we searched other public code; for AG411 and AG417, we also ran on older versions of these projects.

| rule | findings | read | right | share | by default |
|---|---|---|---|---|---|
${rows.join('\n')}
`
}

/** Returns a rule's page; `output` is the output for its bad example. */
export function findingPage(rule, output) {
  const { code, name, severity, summary, explanation, cure, examples, onByDefault } = rule
  const off = onByDefault === false ? ' Off by default; enable it with `--rule` or in the configuration.' : ''
  const words = `# ${code} ${name}

*${severity}*: ${summary}${off}
${output === undefined ? '' : `\n\`\`\`text\n${output}\n\`\`\`\n`}
## Why

${explanation}

## What to do

${cure}
`
  if (!examples) return words
  return (
    `${words}
## Example

Reported for:

${example(examples.bad)}
Not reported for:

${example(examples.good)}`.trimEnd() + '\n'
  )
}

function example({ files, versions, dialect, target, database, release, project, rows, schema }) {
  if (release) {
    const texts = Object.entries(release.files).map(
      ([name, text]) =>
        `\`\`\`${name.endsWith('.py') ? 'python' : 'text'}\n# ${name}\n${text.trimEnd()}\n\`\`\`\n`,
    )
    return `${texts.join('\n')}${release.scheme ? `\nURL: \`${release.scheme}://...\`\n` : ''}\n`
  }
  const blocks = Object.entries(files).map(
    ([name, text]) => `\`\`\`python\n# versions/${name}\n${text.trimEnd()}\n\`\`\`\n`,
  )
  for (const [name, text] of Object.entries(project ?? {})) {
    const language = name.endsWith('.py') ? 'python' : name.endsWith('.toml') ? 'toml' : 'text'
    blocks.push(`\`\`\`${language}\n# ${name}\n${text.trimEnd()}\n\`\`\`\n`)
  }
  const facts = Object.entries(rows ?? {}).map(([table, count]) => `\`${table}\` with ${count} rows`)
  if (versions === null) facts.push('no version table')
  else if (versions)
    facts.push(
      versions.length === 0
        ? 'an empty version table'
        : `rows: ${versions.map((row) => `\`${row}\``).join(', ')}`,
    )
  if (schema) facts.push(...schemaFacts(schema))
  if (dialect === 'sqlite') facts.push('SQLite')
  if (target) facts.push(`\`alembic upgrade ${target}\``)
  if (database?.readOnly) facts.push(database.readOnly)
  if (database?.otherVersionTables) {
    facts.push(
      ...database.otherVersionTables.map(
        (table) =>
          `\`${table.schema}.${table.name}\` with \`${table.versions.join('`, `')}\`, not on the search path`,
      ),
    )
  }
  if (blocks.length === 0) blocks.push('No migration file.\n')
  return `${blocks.join('\n')}${facts.length > 0 ? `\nDatabase: ${facts.join('; ')}.\n` : ''}\n`
}

/** Describes the live schema of an example: its tables with their columns and indexes, and its enum types. */
function schemaFacts({ tables = [], enums = [] }) {
  const described = tables.map(({ name, columns, indexes = [] }) => {
    const parts = [
      ...columns.map((column) => `\`${column.name} ${column.type}\``),
      ...indexes.map((index) => `${index.invalid ? 'the invalid index' : 'the index'} \`${index.name}\``),
    ]
    return `table \`${name}\`${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`
  })
  const types = enums.map(({ name }) => `enum \`${name}\``)
  const all = [...described, ...types]
  return all.length > 0 ? all : ['no tables']
}
