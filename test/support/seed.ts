/**
 * Chooses the seed of random tests. In CI it is constant, so that a failed build is due to the commit; elsewhere, it
 * differs each time, to find new states. Set by `ALEMBIC_GUARD_SEED`.
 */
const inContinuousIntegration = 20_260_113

/** The seed of this test run. */
export const seed = Number(
  process.env['ALEMBIC_GUARD_SEED'] ??
    (process.env['CI'] ? inContinuousIntegration : Math.floor(Math.random() * 2 ** 31)),
)
