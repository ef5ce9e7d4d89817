/** Generates docs/lint-rules.md, which compares our lint rules with other tools' rules. */

/** Returns the page as Markdown. */
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

\`alembic-guard lint\` checks each migration against the schema at that point in the history, and the history as a whole (AG101 to
AG112: multiple heads, a lost parent, a duplicate id), so a pull request needs only one command. It follows functions that a migration
imports from other files of the repository if those files mention Alembic.

Findings, and the number of findings reviewed, come from public projects (for the newer rules: 82 projects with 7,751 migrations; four
histories timed out). *Wrong* includes arguable findings. *Recall* counts migrations written as examples: those with the mistake that are
reported, and similar ones without it that are not (\`test/support/lint-lessons*.ts\`). On the first run, 1 of 48 examples of the newer rules
was missed (AG428, with both statements in one text). The examples of AG401, AG407 and AG421 to AG424 cover what those rules had missed
before. The 65 examples of 13 other rules from AG402 to AG426 were written from the rules' summaries, some with knowledge of the logic, and
all were right. The examples of AG408, AG409, AG414, AG415, AG417 and AG440 were written without reading the logic: 1 of 30 was missed
(AG414, \`name\` dropped and \`full_name\` added). AG417 had four findings, all wrong, because the program that sets the URL was outside the
linted folder; lint now searches the whole repository. AG411 also ran on 121 migrations of 31 projects that rename an object, each in the
commit that added it: 1 finding, in SQL test data. On 46 statements, AG432 agrees with \`pg_locks\`
(\`test/alembic/lint-lock-timeout.test.ts\`). AG404's claims hold on PostgreSQL 11 to 18 (\`test/alembic/lint-enum-versions.test.ts\`).
*Lock* is the lock that a second session saw in \`pg_locks\`, or the rewrite in \`relfilenode\`, while PostgreSQL 15 ran the
bad example (\`test/alembic/lint-locks.test.ts\`).

| rule | reports | default | findings | read | wrong | recall | lock |
|---|---|---|---|---|---|---|---|
${own.join('\n')}

AG432, AG433, AG437, AG438 and AG439 are nearly always right, but apply to most migrations. They are off by default, because people ignore
a rule that always fires. \`--fix\` covers AG402, AG403 (drops the type, also before a \`return\`), AG404 (IF NOT EXISTS), AG420
(an \`autocommit_block()\` around the only statement of an upgrade), AG424 and AG427 (NOT VALID, and a second migration that validates), and
AG414's comments only with \`--rule AG414\`. Real Alembic runs each fix up, down and up again (\`test/e2e/lint-fix.test.ts\`).

## Other tools

Sources: the rules of squawk 2.66.0, the checks in the READMEs of [strong_migrations](https://github.com/ankane/strong_migrations) and
[pgfence](https://github.com/flvmnt/pgfence) (by number), the codes of
[django-migration-linter](https://github.com/3YOURMIND/django-migration-linter), and the checks of Atlas'
[analyzers](https://atlasgo.io/lint/analyzers). PG306 to PG310 come from a third party's list. A blank cell means that the list contains no
such check. Rules without a row have no counterpart.

| ours | squawk | strong_migrations | pgfence | django-migration-linter | Atlas |
|---|---|---|---|---|---|
${others.join('\n')}

Checks without a rule:

| check | reason |
|---|---|
| squawk's prefer-text-field, prefer-bigint-over-int, prefer-bigint-over-smallint, prefer-identity, prefer-timestamp-tz, ban-char-field; strong_migrations' json column; pgfence 29 to 35 | The models decide the type. A migration that differs from them is overwritten by the next autogenerate. |
| squawk's ban-drop-database; pgfence 36 | PostgreSQL rejects it in a transaction. |
| squawk's ban-drop-not-null | It takes no long lock and breaks no write of the previous release. |
| squawk's ban-create-domain-with-constraint, ban-alter-domain-with-add-constraint; pgfence 37, 38 | None of 4,350 rendered migrations uses domains. |
| squawk's require-table-schema | The project's search_path decides. |
| squawk's require-statement-timeout; pgfence's statement_timeout | It would also stop long statements that block nobody. |
| squawk's ban-duplicate-column-assignments, syntax-error | PostgreSQL rejects the statement; \`rehearse\` reports it. |
| squawk's unused-ignore | Not covered. |
| strong_migrations' \`force\` option of \`create_table\` | Alembic has no such option. |
| strong_migrations' "executing SQL directly" | Lint parses SQL. |
| strong_migrations' indexes with more than three columns | It neither fails nor blocks. |
| strong_migrations' and Atlas' checks of MySQL and MariaDB | Lint covers PostgreSQL and SQLite. |
| pgfence 3 and the instant forms of 7, 11, 20 and 23 | They are safe. |
| pgfence 21, 25, 27 (ATTACH PARTITION, triggers) | 12 of 4,350 rendered migrations use them. |
| pgfence 17 (a column rename is instant) | AG426 reports that the previous release uses the old name. |
| django-migration-linter's RUNPYTHON_ARGS_NAMING_CONVENTION, RUNPYTHON_MODEL_VARIABLE_NAME | They concern Django's API. |
| Atlas' DS101, CD101 (schema or foreign key dropped) | 1 of 4,350 rendered migrations mentions a dropped schema; dropping a foreign key breaks no query. |
| Atlas' MF101, MF102 (duplicate values under a unique index) | The rows decide. AG420 reports the index. |
| Atlas' PG110, PG304, LT101 (alignment, keys on nullable columns, SQLite's NOT NULL) | Not covered. |
| Atlas' NM101 to NM106 | SQLAlchemy's naming_convention decides the names. |

## Comparison with squawk on 1,000 migrations

squawk 2.66.0 (PostgreSQL 15, in a transaction) read the SQL that real Alembic renders for 1,000 random migrations out of 4,350 from 49
public projects. \`lint --all\` read their Python with every rule on. Figures count migrations. Rules without a row found nothing there.
The reasons come from a sample of up to 19 differences per row.

| ours | squawk | both | squawk only | ours only | reasons |
|---|---|---|---|---|---|
${compared.join('\n')}

If squawk is installed, tests compare both on the rules' examples (\`test/alembic/lint-squawk.test.ts\`) and on 1,000 seeded migrations,
where an unexplained difference fails the test (\`test/alembic/lint-squawk-random.test.ts\`). With a folder of checkouts in
SQUAWK_CHECKOUTS, the same holds for 1,000 of their migrations (\`test/alembic/lint-squawk-real.test.ts\`): in 76 public projects with 6,379 migrations, each of
356 differences had a reason.
`
}
