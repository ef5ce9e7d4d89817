/** Builds URLs of the published documentation. A finding's URL never changes. */

const site = 'https://OWNER.github.io/alembic-guard'

/**
 * Returns the URL of a documentation page. `page` is a finding's code, such as `AG201`, or `findings` for the list of
 * all findings.
 */
export function documentationUrl(page: string): string {
  return `${site}/${page}`
}
