/** Tests incidents from public threads on SQLite. */
import { playAll } from './play-all.ts'

await playAll('sqlite')
