/** What `init` leaves to a person, one sentence each. */
import type { InitNote } from '../../core/release/init-heroku.ts'
import { shown } from '../../core/text/display.ts'

/** What is to be done by hand, and why. */
export function initNote(note: InitNote): string {
  switch (note.kind) {
    case 'unclearUpgrade':
      return `Procfile, line ${note.line}: it can't be told where the upgrade is; write "alembic-guard run --" in front of it yourself.`
    case 'noObject':
      return `${note.path} is no JSON object; it was left as it is.`
    case 'noList':
      return 'app.json: buildpacks is no list; it was left as it is.'
    case 'noDatabase':
      return 'app.json names no Postgres add-on: a review app would release before it has a database, and the guard would stop it (exit 3).'
    case 'devDependency':
      return 'package.json: devDependencies are removed before the release; the guard belongs to dependencies.'
    case 'envWithoutUrl':
      return `${shown(note.path)} takes the database URL from the ini file alone, and there is none; let it read DATABASE_URL.`
    case 'addPackage':
      return `add the guard to what the release installs: ${note.argv.join(' ')}`
    case 'compiled':
      return `${note.source}: add ${note.requirement} and compile requirements.txt anew; what is written into it by hand would be lost.`
    case 'ownForm':
      return `${note.path} is written in a form of its own; add ${JSON.stringify(note.keys)} yourself.`
    default:
      return note satisfies never
  }
}
