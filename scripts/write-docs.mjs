#!/usr/bin/env node
/**
 * Writes what is generated: FINDINGS.md and docs/lint-rules.md from the rules, and the option list and transcripts between the markers of
 * README.md, and the assets of the graph's page. With --check it changes nothing and fails when something is stale.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'

const check = process.argv.includes('--check')
await import('./write-page.mjs')
const { rules, fallbackRule } = await load('src/rules/index.ts')
const { lintRules, silenceRule, readingOf } = await load('src/rules/lint/index.ts')
const { lessons } = await load('test/support/lint-lessons.ts')
const peers = JSON.parse(readFileSync('scripts/lint-peers.json', 'utf8'))
const stale = []

write(
  'FINDINGS.md',
  findings([fallbackRule, ...rules, silenceRule, ...lintRules].sort((a, b) => (a.code < b.code ? -1 : 1))),
)
write('docs/lint-rules.md', lintTable(lintRules))
write('README.md', withHelp(readFileSync('README.md', 'utf8')))

if (stale.length > 0) {
  process.stderr.write(`stale: ${stale.join(', ')}; run "npm run docs"\n`)
  process.exitCode = 1
}

/** Imports a TypeScript module by way of the bundler. */
async function load(entry) {
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`)
}

function write(path, text) {
  let before = ''
  try {
    before = readFileSync(path, 'utf8')
  } catch {
    // It is written for the first time.
  }
  if (before === text) return
  stale.push(path)
  if (!check) {
    writeFileSync(path, text)
    stale.pop()
    process.stdout.write(`wrote ${path}\n`)
  }
}

function findings(all) {
  const rows = all.map(
    ({ code, name, severity, summary }) =>
      `| [${code}](#${code.toLowerCase()}-${name}) | ${name} | ${severity} | ${summary.replaceAll('\n', ' ')} |`,
  )
  return `# Findings

<!-- Generated from src/rules by "npm run docs". -->

Every finding has a code that is never reused. An error blocks the release, a warning does so under \`--strict\`, a note
never does. Codes from AG400 to AG499 come from \`alembic-guard lint\`. \`--ignore CODE\` or \`--ignore CODE=revision\` takes one out of the verdict; it is still printed.

| code | name | severity | when |
|---|---|---|---|
${rows.join('\n')}

${precision(lintRules)}
${all.map(page).join('\n')}`
}

function precision(lint) {
  const rows = lint.map(({ code, name, onByDefault, precision: { hits, read, right } }) => {
    const rate = read === 0 ? '' : `${Math.floor((100 * right) / read)} %`
    return `| [${code}](#${code.toLowerCase()}-${name}) | ${hits} | ${read} | ${right} | ${rate} | ${onByDefault ? 'on' : 'off'} |`
  })
  return `## How often lint is right

The rules ran over ${readingOf.migrations} migrations of ${readingOf.projects} public projects, and their findings were read: all of them, or thirty and more drawn
from as many projects as have one. A finding counts as right when its sentence is true of that migration on the databases that
the project runs on, and worth saying to whoever wrote it. A rule that is right less often than nine times in ten, or was met
too seldom to tell, is off until \`--rule\` or \`enable\` asks for it. AG405 found nothing to say, and so nothing wrong; what AG402
speaks of was searched for in other public code, and AG411 and AG417 also read older versions of these projects.

| rule | findings | read | right | | by default |
|---|---|---|---|---|---|
${rows.join('\n')}
`
}

/** The rules beside each other and beside those of other tools. */
function lintTable(lint) {
  const own = lint.map(({ code, name, summary, onByDefault, precision: { hits, read, right }, lock }) => {
    const lesson = lessons.find((one) => one.code === code)
    const recall = lesson
      ? `${lesson.teaches.length} of ${lesson.teaches.length}, ${lesson.isFine.length} quiet`
      : ''
    const shown = lock ? `${lock.mode}${lock.rewrites ? ', rewrite' : ''}` : ''
    return `| [${code}](../FINDINGS.md#${code.toLowerCase()}-${name}) | ${summary} | ${onByDefault ? 'on' : 'off'} | ${hits} | ${read} | ${read - right} | ${recall} | ${shown} |`
  })
  const others = Object.entries(peers).map(
    ([code, { squawk = '', strong = '', pgfence = '', django = '', atlas = '' }]) =>
      `| ${code} | ${squawk} | ${strong} | ${pgfence} | ${django} | ${atlas} |`,
  )
  return `# Lint rules

<!-- Generated from src/rules/lint and scripts/lint-peers.json by scripts/write-docs.mjs. -->

\`alembic-guard lint\` judges each migration against the schema that the ones before it leave, and the history as a whole
(AG101 to AG112: two heads, a lost parent, an id used twice), so that a pull request needs one command. It follows functions that
a migration imports from other files of the repository, where those files name Alembic.

Findings and how many of them were read come from public projects (the newer rules: 82 projects, 7,751 migrations; four
histories gave no answer in the time allowed on a busy machine). *Wrong* counts arguable ones, too. *Recall* counts migrations written
from the lesson: those that teach it and are found, and those that only look like it and stay quiet
(\`test/support/lint-lessons.ts\`); on the first run 1 of 48 examples of the newer rules was missed (AG428, both statements in one
text). The lessons of AG401 to AG424 cover what those rules had missed. *Lock*: what a second session saw in \`pg_locks\`, and in
\`relfilenode\`, while PostgreSQL 15 ran the bad example (\`test/alembic/lint-locks.test.ts\`).

| rule | what it sees | default | findings | read | wrong | recall | lock |
|---|---|---|---|---|---|---|---|
${own.join('\n')}

AG432, AG433, AG437, AG438 and AG439 are true nearly wherever they speak, and speak of most migrations: they are off, because a rule
that always speaks is not read. Fixes (\`--fix\`): AG402, AG404 (IF NOT EXISTS), AG420 (an \`autocommit_block()\` around the
only statement of an upgrade), AG414's comments only with \`--rule AG414\`.

## Other tools

Read from the rule lists of [squawk](https://squawkhq.com/docs/rules), [strong_migrations](https://github.com/ankane/strong_migrations),
[pgfence](https://github.com/flvmnt/pgfence) (numbers of its README), [django-migration-linter](https://github.com/3YOURMIND/django-migration-linter)
and [Atlas](https://atlasgo.io/lint/analyzers) (its codes as a third party lists them; the command needs an account from 0.38 on).
A blank means that their list names no such check. Rules without a row have no counterpart in any of them.

| ours | squawk | strong_migrations | pgfence | django-migration-linter | Atlas |
|---|---|---|---|---|---|
${others.join('\n')}

What they have and we leave out: preferences about types (\`text\` over \`varchar\`, \`bigint\` over \`integer\`, \`timestamptz\`,
\`jsonb\` over \`json\`, identity over serial), bans of whole statements (squawk's \`ban-*\`), \`statement_timeout\`, many columns in one
index, \`SET LOGGED\`.
`
}

function page({ code, name, severity, summary, explanation, cure, examples, onByDefault }) {
  const off = onByDefault === false ? ' Off unless `--rule` or the configuration asks for it.' : ''
  const words = `## ${code} ${name}

*${severity}*: ${summary}${off}

${explanation}

**What to do.** ${cure}
`
  if (!examples) return words
  return `${words}
**Fires:**

${example(examples.bad)}
**Keeps quiet:**

${example(examples.good)}`
}

function example({ files, versions, dialect, target, database, release, project, rows }) {
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

function withHelp(text) {
  const help = execFileSync(process.execPath, ['dist/cli.js', 'check', '--help'], {
    encoding: 'utf8',
  }).trimEnd()
  return text.replace(
    /(<!-- help -->\n)[^]*?(<!-- \/help -->)/,
    (_, open, close) => `${open}\n\`\`\`text\n${help}\n\`\`\`\n\n${close}`,
  )
}
