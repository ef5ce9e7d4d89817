/**
 * Builds docs/ as a site into .cache/site: `npm run docs:site`. A finding's page is at /AG201/, which every report links to.
 * `PATH_PREFIX` is the folder that the site is published in, `/alembic-guard/` on GitHub Pages.
 */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { HtmlBasePlugin, IdAttributePlugin, InputPathToUrlTransformPlugin } from '@11ty/eleventy'
import { sections } from './sections.mjs'

/** What the pages link to in the repository, where it is no page of the site. */
const repository = 'https://github.com/OWNER/alembic-guard/blob/main/'

/** @param {import('@11ty/eleventy').UserConfig} config */
export default function configure(config) {
  config.addPlugin(IdAttributePlugin)
  config.addPlugin(HtmlBasePlugin)
  config.addPassthroughCopy({ 'site/style.css': 'style.css' })
  config.addPassthroughCopy('docs/**/*.{json,png,svg}')
  config.ignores.add('docs/decisions/**')
  config.addGlobalData('layout', 'layout.liquid')
  config.addGlobalData('sections', sections)
  config.addGlobalData('permalink', () => (data) => addressOf(data.page.filePathStem))
  config.addGlobalData('eleventyComputed', {
    title: (data) => titleOf(data.page.inputPath),
  })
  // This comes before links between pages are resolved.
  config.addTransform('files', function linkFiles(content) {
    const folder = dirname(this.page.filePathStem).replace(/\/$/, '')
    return content
      .replaceAll(/href="(?:\.\.\/)+((?:src|buildpack|[A-Z]+\.md)[^"]*)"/g, `href="${repository}$1"`)
      .replaceAll(/(href|src)="([\w-]+(?:\/[\w-]+)*\.(?:json|png|svg))"/g, `$1="${folder}/$2"`)
  })
  config.addPlugin(InputPathToUrlTransformPlugin)
  config.amendLibrary('md', scrollByKeyboard)
  return {
    pathPrefix: process.env.PATH_PREFIX ?? '/',
    markdownTemplateEngine: false,
    htmlTemplateEngine: 'liquid',
    dir: { input: 'docs', output: '.cache/site', includes: '../site', layouts: '../site' },
  }
}

/** What may be wider than a phone can be scrolled by keyboard too. */
function scrollByKeyboard(md) {
  md.renderer.rules.table_open = (tokens, index) => {
    const number = tokens.slice(0, index + 1).filter(({ type }) => type === 'table_open').length
    return `<div class="scroll" tabindex="0" role="region" aria-label="Table ${number}">\n<table>\n`
  }
  md.renderer.rules.table_close = () => '</table>\n</div>\n'
  const { fence } = md.renderer.rules
  md.renderer.rules.fence = (...given) => fence(...given).replace('<pre>', '<pre tabindex="0">')
}

/** `/findings/AG201` is served at `/AG201/`, `/quick-start/heroku` as it stands. */
function addressOf(stem) {
  const path = stem.replace(/^\/findings\/(?=AG)/, '/').replace(/\/index$/, '')
  return `${path}/index.html`
}

/** The first heading of the file. */
function titleOf(path) {
  return /^# (.+)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? 'alembic-guard'
}
