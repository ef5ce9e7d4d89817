/** Where the documentation is published. A finding's page keeps its address. */

const site = 'https://OWNER.github.io/alembic-guard'

/** The page of a finding: `https://…/AG201`; `findings` is their list. */
export function documentationUrl(page: string): string {
  return `${site}/${page}`
}
