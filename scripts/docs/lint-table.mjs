/** Generates docs/lint-rules.md: each lint rule with its figures, compared with other tools' checks. */

/** Generates the page from the rules and the other tools' checks. */
export function lintTable(lint, lessons, peers) {
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

<!-- Generated from src/rules/lint and scripts/docs/lint-peers.json by scripts/docs/lint-table.mjs. -->

\`alembic-guard lint\` judges each migration against the schema that the ones before it leave, and the history as a whole
(AG101 to AG112: two heads, a lost parent, an id used twice), so that a pull request needs one command. It follows functions that
a migration imports from other files of the repository, where those files name Alembic.

Findings and how many of them were read come from public projects (the newer rules: 82 projects, 7,751 migrations; four
histories gave no answer in the time allowed on a busy machine). *Wrong* counts arguable ones, too. *Recall* counts migrations written beside the rules:
those that teach the lesson and are found, and those that only look like it and stay quiet
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

Read from the rule lists of squawk (the names of its rule pages), [strong_migrations](https://github.com/ankane/strong_migrations),
[pgfence](https://github.com/flvmnt/pgfence) (numbers of its README), [django-migration-linter](https://github.com/3YOURMIND/django-migration-linter)
and Atlas (its codes as a third party lists them; the command needs an account from 0.38 on).
A blank means that their list names no such check. Rules without a row have no counterpart in any of them.

| ours | squawk | strong_migrations | pgfence | django-migration-linter | Atlas |
|---|---|---|---|---|---|
${others.join('\n')}

What they have and we leave out: preferences about types (\`text\` over \`varchar\`, \`bigint\` over \`integer\`, \`timestamptz\`,
\`jsonb\` over \`json\`, identity over serial), bans of whole statements (squawk's \`ban-*\`), \`statement_timeout\`, many columns in one
index, \`SET LOGGED\`.
`
}
