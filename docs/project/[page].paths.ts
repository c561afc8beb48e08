import { PROJECT_PAGES, projectPage } from '../project-pages.ts'

export default {
  watch: ['../../*.md', '../../bench/README.md', '../../examples/*/README.md'],
  paths: () => Object.entries(PROJECT_PAGES).map(([file, page]) => ({ params: { page }, content: projectPage(file) })),
}
