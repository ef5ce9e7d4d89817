/** Tests incidents from public threads on PostgreSQL. */
import { playAll } from './play-all.ts'

await playAll('postgresql')
