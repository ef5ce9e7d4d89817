/** Runs incidents from public threads against SQLite. */
import { playAll } from './play-all.ts'

await playAll('sqlite')
