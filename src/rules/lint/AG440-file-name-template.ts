import { edit } from '../../core/findings/finding.ts'
import { exampleMigration, firstTables } from '../examples/example-migrations.ts'
import { fitsTemplate } from '../../core/lint/file-name.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { shown } from '../../core/text/display.ts'

const project = {
  'alembic.ini':
    '[alembic]\nscript_location = %(here)s/migrations\nfile_template = %%(year)d_%%(rev)s_%%(slug)s\n',
}
const change = exampleMigration(
  'b2',
  'a1',
  ["op.add_column('users', sa.Column('plan', sa.Text(), nullable=True))"],
  ["op.drop_column('users', 'plan')"],
)

/** Reports a file name that doesn't follow the project's file_template. */
const rule: MigrationRule = {
  code: 'AG440',
  name: 'file-name-template',
  severity: 'note',
  scope: 'migration',
  onByDefault: true,
  quietInRelease: true,
  precision: { hits: 8, read: 8, right: 8 },
  summary: "A migration's file name doesn't follow the project's file_template.",
  explanation:
    "The project sets `file_template` in its configuration, and its other files follow it. A file that was copied or created manually sorts differently, and its name may contain another revision's id. Alembic reads only the id inside the file.",
  cure: 'Rename the file to the name that `alembic revision` would give it.',
  examples: {
    bad: {
      project,
      files: { '2026_a1_create_tables.py': firstTables, 'add_plan.py': change },
      underlined: 'revision',
    },
    good: { project, files: { '2026_a1_create_tables.py': firstTables, '2026_b2_add_plan.py': change } },
  },
  inspect(facts) {
    const { fileTemplate, modules } = facts.repository
    const { source, revision } = facts.migration
    if (fileTemplate === '' || fitsTemplate(fileTemplate, source.path, revision.id)) return []
    // If fewer than half of the files follow the template, the project presumably doesn't use it.
    const followed = facts.graph.revisions.filter(({ path, id }) => fitsTemplate(fileTemplate, path, id))
    if (followed.length * 2 < modules.length) return []
    const line = source.lines.findIndex((text) => /^revision\b/.test(text)) + 1
    if (line === 0) return []
    const at = { path: source.path, line, column: 1 }
    return [
      lintFinding(facts, at, {
        severity: 'note',
        message: `${shown(source.path.replace(/^.*\//, ''))} doesn't follow the project's file_template ${shown(fileTemplate)}.`,
        why: 'When the files are sorted by name, this one is out of order.',
        end: { line, column: 'revision'.length + 1 },
        remedies: [
          edit(
            'Rename the file. This is safe, because Alembic reads the id inside the file, not the file name.',
            'likely',
          ),
        ],
      }),
    ]
  },
}

export default rule
