/** The site's navigation. Omits the pages of individual findings. */
export const sections = [
  {
    title: 'Start',
    pages: [
      ['Overview', '/'],
      ['Install', '/install/'],
      ['Heroku', '/quick-start/heroku/'],
      ['Render', '/quick-start/render/'],
      ['Fly.io', '/quick-start/fly/'],
      ['Docker', '/quick-start/docker/'],
      ['Kubernetes', '/quick-start/kubernetes/'],
      ['GitHub', '/quick-start/github/'],
      ['GitLab', '/quick-start/gitlab/'],
      ['pre-commit', '/quick-start/pre-commit/'],
    ],
  },
  {
    title: 'Something is wrong',
    pages: [
      ['My release was blocked', '/blocked/'],
      ['Findings', '/findings/'],
      ['Hints', '/hints/'],
      ['Placeholders', '/placeholders/'],
    ],
  },
  {
    title: 'Guides',
    pages: [
      ['Rehearsing', '/rehearsing/'],
      ['Lint', '/lint/'],
      ['Many databases', '/many-databases/'],
      ['Pictures', '/pictures/'],
      ['Lint rules', '/lint-rules/'],
      ['Options', '/options/'],
    ],
  },
  {
    title: 'Background',
    pages: [
      ['Questions', '/faq/'],
      ['How it works', '/how-it-works/'],
      ['How much it sees', '/real-projects/'],
      ['Coverage', '/coverage/'],
      ['Speed', '/speed/'],
      ['Speed experiments', '/speed-experiments/'],
      ['Faults', '/faults/'],
      ['Dependencies', '/inside/'],
      ['Releasing', '/releasing/'],
    ],
  },
]
