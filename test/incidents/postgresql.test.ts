/** Tests incidents from public threads, using PostgreSQL. */
import { playAll } from './play-all.ts'

await playAll('postgresql')
