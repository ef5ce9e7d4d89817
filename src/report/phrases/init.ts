/** What `init` leaves to a person, one sentence each. */
import type { InitNote } from '../../core/release/init-heroku.ts'
import { shown } from '../../core/text/display.ts'

/** What is to be done by hand, and why. */
export function initNote(note: InitNote): string {
  switch (note.kind) {
    case 'unclearUpgrade':
      return `Procfile, line ${note.line}: can't find the upgrade command; put "alembic-guard run --" in front of it by hand.`
    case 'noObject':
      return `${note.path} isn't a JSON object; it was left unchanged.`
    case 'noList':
      return "app.json: buildpacks isn't a list; it was left unchanged."
    case 'noDatabase':
      return 'app.json names no Postgres add-on: a review app would release before it has a database, and the guard would stop it (exit 3).'
    case 'devDependency':
      return 'package.json: devDependencies are removed before the release; the guard belongs in dependencies.'
    case 'envWithoutUrl':
      return `${shown(note.path)} reads the database URL from the ini file only, which has none; let it read DATABASE_URL.`
    case 'addPackage':
      return `add the guard to what the release installs: ${note.argv.join(' ')}`
    case 'compiled':
      return `${note.source}: add ${note.requirement} and recompile requirements.txt; a change by hand would be lost.`
    case 'ownForm':
      return `${note.path} has an unusual form; add ${JSON.stringify(note.keys)} yourself.`
    default:
      return note satisfies never
  }
}
