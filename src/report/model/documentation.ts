/** Builds URLs of the published documentation. A finding's URL never changes. */

const site = 'https://OWNER.github.io/alembic-guard'

/** Returns the URL of a finding's page: `https://…/AG201`. `findings` is the URL of the list of all findings. */
export function documentationUrl(page: string): string {
  return `${site}/${page}`
}
