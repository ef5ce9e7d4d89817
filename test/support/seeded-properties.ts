/** Runs before every test file: properties use the seed of the run. */
import { configureGlobal, readConfigureGlobal } from 'fast-check'
import { seed } from './seed.ts'

if (process.env['CI'] || process.env['ALEMBIC_GUARD_SEED'])
  configureGlobal({ ...readConfigureGlobal(), seed })
