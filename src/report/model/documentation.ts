/** Builds documentation URLs. A finding's URL never changes. */

const site = 'https://OWNER.github.io/alembic-guard'

/** The URL of a documentation page: `AG201` for a finding, or `findings` for the list. */
export function documentationUrl(page: string): string {
  return `${site}/${page}`
}
