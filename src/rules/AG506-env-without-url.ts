import { advice, discovery, edit } from '../core/findings/finding.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import type { IniUrl } from '../core/release/release-facts.ts'
import { shown } from '../core/text/display.ts'

/** What is wrong with the URL in the ini file, and how Alembic reacts. */
const problems: Readonly<Record<IniUrl, { readonly what: string; readonly why: string }>> = {
  none: { what: 'has no sqlalchemy.url', why: "Alembic fails with KeyError: 'url'" },
  placeholder: {
    what: 'contains the placeholder from "alembic init"',
    why: "Alembic fails with NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:driver",
  },
  other: {
    what: 'contains a different URL',
    why: 'Alembic would upgrade the database in the ini file, not the one that was checked.',
  },
}

/** Reports an env.py whose URL is missing, or isn't the URL that was checked. */
const rule: Rule = {
  code: 'AG506',
  name: 'env-without-url',
  severity: 'warning',
  summary:
    'env.py reads the URL from the ini file, but that URL is missing, a placeholder, or different from the one that was checked.',
  explanation:
    "`alembic init` writes `sqlalchemy.url = driver://user:pass@localhost/dbname` and an env.py that reads it. Alembic itself doesn't use `DATABASE_URL`. So the guard would check the database in `DATABASE_URL`, but the upgrade would fail with `NoSuchModuleError` or `KeyError: 'url'`. If the ini file contains another URL, the upgrade would change that database instead of the one that was checked. In that case, `run` doesn't start the upgrade. If both URLs may point to the same database, as with a pooler, it starts the upgrade with a warning.",
  cure: 'In env.py, set the URL before the engine is created: `config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"].replace("postgres://", "postgresql://", 1).replace("%", "%%"))`.',
  examples: {
    bad: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: {
        files: {
          'migrations/env.py':
            'from alembic import context\nfrom sqlalchemy import engine_from_config\nconfig = context.config\nengine = engine_from_config(config.get_section(config.config_ini_section), prefix="sqlalchemy.")\n',
        },
      },
    },
    good: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: {
        files: {
          'migrations/env.py':
            'import os\nfrom alembic import context\nfrom sqlalchemy import engine_from_config\nconfig = context.config\nconfig.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"])\nengine = engine_from_config(config.get_section(config.config_ini_section), prefix="sqlalchemy.")\n',
        },
      },
    },
  },
  explains: [],
  inspect({ release }) {
    if (release?.envUrl.kind !== 'ini') return []
    const differs = release.iniUrl === 'other'
    if (differs && release.iniDiffers === null) return []
    const goesElsewhere = differs && release.iniDiffers === 'certainly' && release.startsAlembic
    const env = shown(release.envPath ?? 'env.py')
    const ini = shown(release.iniPath ?? 'alembic.ini')
    const { what, why } = problems[release.iniUrl]
    return [
      discovery({
        severity: goesElsewhere ? 'error' : 'warning',
        message: `${env} reads the database URL only from ${ini}, which ${what}.`,
        why,
        remedies: [
          edit(
            'Set the URL in env.py from the environment: config.set_main_option("sqlalchemy.url", ...).',
            'likely',
          ),
          ...(differs
            ? [advice(`If ${ini} names the right database, pass its URL to the guard with --database-url.`)]
            : []),
        ],
      }),
    ]
  },
}

export default rule
