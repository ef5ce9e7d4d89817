/** Generates docs/lint-rules.md: each lint rule with its figures, compared with other tools' checks. */

/** Generates the page from the rules, the other tools' checks and the comparison with squawk. */
export function lintTable(lint, lessons, peers, comparison) {
  const compared = comparison.map(
    ({ ours, squawk: theirs, both, squawkOnly, oursOnly, why }) =>
      `| ${ours} | ${theirs} | ${both} | ${squawkOnly} | ${oursOnly} | ${why} |`,
  )
  const own = lint.map(({ code, summary, onByDefault, precision: { hits, read, right }, lock }) => {
    const lesson = lessons.find((one) => one.code === code)
    const recall = lesson
      ? `${lesson.teaches.length} of ${lesson.teaches.length}, ${lesson.isFine.length} quiet`
      : ''
    const shown = lock ? `${lock.mode}${lock.rewrites ? ', rewrite' : ''}` : ''
    return `| [${code}](findings/${code}.md) | ${summary} | ${onByDefault ? 'on' : 'off'} | ${hits} | ${read} | ${read - right} | ${recall} | ${shown} |`
  })
  const others = Object.entries(peers).map(
    ([code, { squawk = '', strong = '', pgfence = '', django = '', atlas = '' }]) =>
      `| ${code} | ${squawk} | ${strong} | ${pgfence} | ${django} | ${atlas} |`,
  )
  return `# Lint rules

<!-- Generated from src/rules/lint, scripts/docs/lint-peers.json and lint-squawk.json by scripts/docs/lint-table.mjs. -->

\`alembic-guard lint\` judges each migration against the schema that the ones before it leave, and the history as a whole
(AG101 to AG112: two heads, a lost parent, an id used twice), so that a pull request needs one command. It follows functions that
a migration imports from other files of the repository, where those files name Alembic.

Findings and how many of them were read come from public projects (the newer rules: 82 projects, 7,751 migrations; four
histories gave no answer in the time allowed on a busy machine). *Wrong* counts arguable ones, too. *Recall* counts migrations written beside the rules:
those that teach the lesson and are found, and those that only look like it and stay quiet
(\`test/support/lint-lessons*.ts\`); on the first run 1 of 48 examples of the newer rules was missed (AG428, both statements in one
text). The lessons of AG401, AG407 and AG421 to AG424 cover what those
rules had missed; those of 13 other rules from AG402 to AG426 were written from the rules' summaries, and all 65 examples came out right. AG417 had four findings, all wrong: the
program that sets the URL was outside of the linted folder; it's found now. AG411 was also asked about 121 migrations of 31 projects that rename something, each in
the commit that added it: 1 finding, right. *Lock*: what a second session saw in \`pg_locks\`, and in
\`relfilenode\`, while PostgreSQL 15 ran the bad example (\`test/alembic/lint-locks.test.ts\`).

| rule | what it sees | default | findings | read | wrong | recall | lock |
|---|---|---|---|---|---|---|---|
${own.join('\n')}

AG432, AG433, AG437, AG438 and AG439 are true nearly wherever they speak, and speak of most migrations: they are off, because a rule
that always speaks is not read. Fixes (\`--fix\`): AG402, AG403 (the type is dropped, also before a
\`return\`), AG404 (IF NOT EXISTS), AG420 (an \`autocommit_block()\` around the only statement of an upgrade), AG424 and AG427 (NOT VALID, and a
second migration that validates), AG414's comments only with \`--rule AG414\`. Real Alembic runs each of them up, down and up again
(\`test/e2e/lint-fix.test.ts\`).

## Other tools

Read from the rule lists of squawk (the names of its rule pages), [strong_migrations](https://github.com/ankane/strong_migrations),
[pgfence](https://github.com/flvmnt/pgfence) (numbers of its README), [django-migration-linter](https://github.com/3YOURMIND/django-migration-linter)
and Atlas (its codes as a third party lists them; the command needs an account from 0.38 on).
A blank means that their list names no such check. Rules without a row have no counterpart in any of them.

| ours | squawk | strong_migrations | pgfence | django-migration-linter | Atlas |
|---|---|---|---|---|---|
${others.join('\n')}

What they have and we leave out: preferences about types (\`text\` over \`varchar\`, \`bigint\` over \`integer\`, \`timestamptz\`,
\`jsonb\` over \`json\`, identity over serial, \`char\`), bans of whole statements (squawk's other \`ban-*\` rules: domains, triggers, policies,
defaults, privileges), \`require-table-schema\`, \`statement_timeout\`, many columns in one index, \`SET LOGGED\`; strong_migrations' \`force\` of
\`create_table\` and "executing SQL directly", which Alembic doesn't have or we read; django-migration-linter's names of RunPython's arguments.

## Beside squawk, on 1,000 migrations

squawk 2.66.0 (PostgreSQL 15, in a transaction) read the SQL that real Alembic renders for 1,000 migrations, drawn at random from 4,350 of 49
public projects; \`lint --all\` read their Python with every rule on. Figures count migrations. Rules without a row found nothing there.

| ours | squawk | both | squawk only | ours only | reasons |
|---|---|---|---|---|---|
${compared.join('\n')}

The comparison runs on the rules' own examples wherever squawk is installed (\`test/alembic/lint-squawk.test.ts\`).
`
}
