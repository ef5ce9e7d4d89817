/**
 * Where random tests begin. In CI always at the same place, so that a red build is about the commit; elsewhere at
 * another one each time, which is how new states are found. `ALEMBIC_GUARD_SEED` asks for a given one.
 */
const inContinuousIntegration = 20_260_113

/** The seed of this run. */
export const seed = Number(
  process.env['ALEMBIC_GUARD_SEED'] ??
    (process.env['CI'] ? inContinuousIntegration : Math.floor(Math.random() * 2 ** 31)),
)
