/** Runs before every test file, so that property tests use the run's seed. */
import { configureGlobal, readConfigureGlobal } from 'fast-check'
import { seed } from './seed.ts'

if (process.env['CI'] || process.env['ALEMBIC_GUARD_SEED'])
  configureGlobal({ ...readConfigureGlobal(), seed })
